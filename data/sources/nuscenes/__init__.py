"""nuScenes: its sweeps, and with its tables its scenes."""

from data.sources.nuscenes.scenes import NuScenesScene, open_scenes
from data.sources.nuscenes.sweeps import FOLDERS, NuScenes, is_nuscenes

__all__ = ["FOLDERS", "NuScenes", "NuScenesScene", "is_nuscenes", "open_scenes"]

"""The desktop viewer: a window by open3d."""

"""Objects: what stands on the ground and hangs together gets one class, a number and a box."""

from squeezeseg.objects.fitting import fit_vote
from squeezeseg.objects.stage import PixelObjects, find_objects
from squeezeseg.objects.vote import PART, Vote
from squeezeseg.objects.workspace import Workspace

__all__ = ["PART", "PixelObjects", "Vote", "Workspace", "find_objects", "fit_vote"]

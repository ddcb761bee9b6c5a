"""Objects: what stands on the ground and hangs together gets one class, a number and a box."""

from squeezeseg.objects.classifier import PART, Vote
from squeezeseg.objects.classifier_fit import fit_vote
from squeezeseg.objects.find import PixelObjects, find_objects
from squeezeseg.objects.workspace import Workspace

__all__ = ["PART", "PixelObjects", "Vote", "Workspace", "find_objects", "fit_vote"]

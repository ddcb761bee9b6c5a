"""Objects: what stands on the ground and hangs together gets one class, a number and a box."""

from squeezeseg.objects.classifier import PART, ObjectClassifier
from squeezeseg.objects.classifier_fit import fit_classifier
from squeezeseg.objects.find import find_objects
from squeezeseg.objects.workspace import ObjectsWorkspace

__all__ = ["PART", "ObjectClassifier", "ObjectsWorkspace", "find_objects", "fit_classifier"]

"""Objects followed from scan to scan: sightings in, tracks out, in the order of the frames."""

from squeezeseg.tracking.sightings import Sighting, sightings_of
from squeezeseg.tracking.tracker import Tracker
from squeezeseg.tracking.tracks import Track

__all__ = ["Sighting", "Track", "Tracker", "sightings_of"]

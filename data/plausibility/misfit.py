"""A misfit: one way in which scans don't fit their sensor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Misfit:
    """A sign that a scan is not what its sensor records.

    what: in a phrase that follows 'the scan is', the same for all scans of a kind. detail: of the scan. remedy: for the
        user.
    """

    what: str
    detail: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}{f' ({self.detail})' if self.detail else ''}; {self.remedy}"

"""A misfit: one way in which scans don't fit their sensor."""

from __future__ import annotations

from dataclasses import dataclass

UNLIKE = "this doesn't look like a street: "


@dataclass(frozen=True)
class Misfit:
    """A sign that a scan is not what its sensor records.

    what: in a phrase that follows 'the scan is', the same for all scans of a kind. detail: of the scan. remedy: for the
        user. street: False if the scan is nothing like a street as networks know them, so that labels mean nothing.
    """

    what: str
    detail: str
    remedy: str
    street: bool = True

    def __str__(self) -> str:
        return f"{self.what}{f' ({self.detail})' if self.detail else ''}; {self.remedy}"

    def of(self, name: str) -> str:
        """A sentence about the scan of this name."""
        return f"{'' if self.street else UNLIKE}scan {name} is {self}"

"""Energy that the processors take, where Linux tells (RAPL)."""

from __future__ import annotations

from pathlib import Path

POWERCAP = Path("/sys/class/powercap")


class EnergyMeter:
    """Reads the energy counters of all processor packages: of the whole machine, whoever uses it.

    root: where Linux has them. Often only root may read them, and virtual machines have none.
    """

    def __init__(self, root: Path = POWERCAP) -> None:
        self._packages = sorted(folder for folder in root.glob("intel-rapl:*") if folder.name.count(":") == 1)

    def read(self) -> list[int] | None:
        """The counters, in microjoules; None where they can't be read."""
        try:
            return [int((package / "energy_uj").read_text()) for package in self._packages] or None
        except (OSError, ValueError):
            return None

    def since(self, before: list[int] | None) -> float | None:
        """Joules since a reading; None where there was none."""
        now = self.read()
        if before is None or now is None:
            return None
        # A counter goes back to 0 behind its range.
        ranges = [int((package / "max_energy_range_uj").read_text()) + 1 for package in self._packages]
        return sum((b - a) % r for a, b, r in zip(before, now, ranges, strict=True)) / 1e6

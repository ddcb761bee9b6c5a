"""`squeezeseg sensors`: the sensors that are known by name."""

from __future__ import annotations

from apps import console
from apps.options import JsonOption


def sensors(as_json: JsonOption = False) -> None:
    """List the sensors that --sensor knows by name, and where their beams are known from.

    Any other is described by a file: docs/sensors.md.
    """
    from projection.presets import CATALOGUE, ORIGINS

    if as_json:
        listed = [
            {
                "name": one.sensor.name,
                "model": one.model,
                "elevations": list(one.sensor.elevations),
                "columns": one.sensor.columns,
                "height": one.sensor.height,
                "known_from": ORIGINS[one.origin],
            }
            for one in CATALOGUE
        ]
        console.print_json({"sensors": listed})
        return
    table = console.table("name", "sensor", "beams", "top", "bottom", "columns", "from")
    table.columns[1].justify = table.columns[-1].justify = "left"
    for one in CATALOGUE:
        beams = one.sensor.elevations
        numbers = (str(len(beams)), f"{beams[0]:g}", f"{beams[-1]:g}", str(one.sensor.columns))
        table.add_row(one.sensor.name, one.model, *numbers, one.origin)
    console.show(table)
    for origin, meaning in ORIGINS.items():
        console.say(f"{origin}: {meaning}", style="dim")

"""JSON of others: what is read, and in a line why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter

from data.json_file import parse_json, read_json


@dataclass(frozen=True)
class Part:
    weight: float
    sizes: tuple[int, int] = (1, 2)


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    part: Part
    name: str = ""


WHOLE = TypeAdapter(Whole)


def test_what_is_read():
    assert parse_json('{"part": {"weight": 1, "sizes": [3, 4]}}', WHOLE) == Whole(part=Part(1.0, (3, 4)))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON, or cut short"),
        ('{"part": {"weight": 1}', "no JSON, or cut short"),
        ("[" * 100_000, "no JSON"),
        ('{"a": ' * 100_000, "no JSON"),
        ("[]", r"\[\]: should be"),
        ('{"part": {}}', "no entry part weight"),
        ('{"part": {"weight": 1}, "nmae": ""}', "unknown entry nmae"),
        ('{"part": {"weight": 1, "sizes": [1, 2.5]}}', "part sizes 1 2.5: should be a valid integer"),
        ('{"part": {"weight": NaN}}', "part weight nan: should be a finite number"),
        ('{"part": {"weight": "1"}}', "part weight '1': should be a valid number"),
        ('{"part": {"weight": 1}, "name": ["' + "x" * 999 + '"]}', r"name \['xxx.*xxx\.\.\.: should be a valid string"),
    ],
)
def test_what_is_refused_in_a_line(text, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        parse_json(text, WHOLE)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


def test_files(tmp_path):
    (tmp_path / "a").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(tmp_path / "a", TypeAdapter(dict[str, Any])) == {"a": 1}
    with pytest.raises(OSError, match="over 3 bytes"):
        read_json(tmp_path / "a", TypeAdapter(dict[str, Any]), most=3)

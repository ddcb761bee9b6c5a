"""What browsers may say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.viewer.messages import MAX_CHARACTERS, Control, Here, Seen, Show, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type":"show","position":3,"direction":-1}', Show(3, -1)),
        ('{"type":"show","position":0}', Show(0, 1)),
        ('{"type":"seen","sequence":9,"draw_ms":4.5}', Seen(9, 4.5)),
        ('{"type":"seen","sequence":9,"draw_ms":4}', Seen(9, 4.0)),
        ('{"type":"control","action":"pause"}', Control("pause")),
        ('{"type":"control","action":"step"}', Control("step")),
        ('{"type":"here"}', Here()),
    ],
)
def test_messages_that_are_understood(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "3",
        "null",
        "{}",
        '{"type":"open","path":"/etc/passwd"}',
        '{"type":"show","position":"../../etc/passwd"}',
        '{"type":"show","position":-1}',
        '{"type":"show","position":1.5}',
        '{"type":"show","position":true}',
        '{"type":"show","position":99999999999999999999}',
        '{"type":"show","position":1,"direction":2}',
        '{"type":"show","position":1,"direction":[1]}',
        '{"type":"seen","sequence":1}',
        '{"type":"seen","sequence":1,"draw_ms":NaN}',
        '{"type":"seen","sequence":1,"draw_ms":Infinity}',
        '{"type":"seen","sequence":1,"draw_ms":-1}',
        '{"type":"seen","sequence":1,"draw_ms":true}',
        '{"type":["show"],"position":1}',
        '{"type":"control","action":"rewind"}',
        '{"type":"control","action":["pause"]}',
        "[" * 200,
        '{"type":"show","position":1}' + " " * MAX_CHARACTERS,
    ],
)
def test_anything_else_is_none(text):
    assert parse(text) is None


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_no_text_raises(text):
    parse(text)

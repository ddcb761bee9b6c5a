"""YAML: what is read, and what would take memory or time without bound."""

from __future__ import annotations

import pytest

from data.yaml_file import MAX_BYTES, MAX_DEPTH, parse_yaml, read_yaml
from projection.errors import InputError

LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i}\n  <<: [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("", None),
        ("beams: [1, 2.5]\nname: x\n", {"beams": [1, 2.5], "name": "x"}),
        ("a: {b: {c: [d]}}", {"a": {"b": {"c": ["d"]}}}),
        ("a: &anchor 1", {"a": 1}),
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, [[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]),
    ],
)
def test_what_is_read(text, content):
    assert parse_yaml(text) == content


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, "an alias"),
        (MERGES, "an alias"),
        ("a: &a [*a]", "an alias"),
        ("[" * (MAX_DEPTH + 1), "nested deeper"),
        ("[" * 100_000, "nested deeper"),
        ("- " * 100_000, "nested deeper"),
        ("{a: " * 100_000, "nested deeper"),
        ("a: [1", "expected"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("a: !!timestamp 2011-99-99", "month"),
        ("a\tb: \0", "special characters"),
    ],
)
def test_what_is_refused_in_a_line(text, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        parse_yaml(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a: [", "no YAML"),
        (b"\xff\xff", "no YAML"),
        (b"#" * (MAX_BYTES + 1), "over 1,048,576 bytes"),
        (None, "No such"),
    ],
)
def test_files_that_are_refused_by_name(tmp_path, content, reason):
    if content is not None:
        (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.yaml: .*{reason}"):
        read_yaml(tmp_path / "a.yaml")

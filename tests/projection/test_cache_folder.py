"""The folder of the cache, where there is no home."""

from __future__ import annotations

import os

import pytest

from projection import cache_folder as module
from projection.cache_folder import cache_folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Homes and temporary files below the test's own folder; a file stands where a folder can't be made."""
    module._root.cache_clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "file").touch()
    yield tmp_path
    module._root.cache_clear()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "home/.cache/squeezeseg/x"),
        ({"XDG_CACHE_HOME": "{}/xdg"}, "xdg/squeezeseg/x"),
        ({"XDG_CACHE_HOME": ""}, "home/.cache/squeezeseg/x"),
        ({"XDG_CACHE_HOME": "relative"}, "home/.cache/squeezeseg/x"),
        ({"XDG_CACHE_HOME": "{}/file"}, "tmp/squeezeseg-{uid}/x"),
        ({"HOME": "{}/file"}, "tmp/squeezeseg-{uid}/x"),
        ({"HOME": "~"}, "tmp/squeezeseg-{uid}/x"),
    ],
)
def test_the_first_place_that_can_be_written(place, monkeypatch, caplog, environment, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(place))
    expected = place / expected.format(uid=os.geteuid())
    assert cache_folder("x") == expected == cache_folder("x")
    assert expected.is_dir()
    assert len(caplog.records) == ("tmp" in expected.parts[len(place.parts) :])
    assert {path.name for path in place.iterdir()} <= {"tmp", "file", "home", "xdg"}


def test_a_user_without_home(place, monkeypatch):
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as for a user whom the system doesn't know
    assert cache_folder("x").parent.parent == place / "tmp"
    assert not (place / "~").exists()


@pytest.mark.parametrize("spoil", [lambda p: p.chmod(0o777), lambda p: (p.rmdir(), p.symlink_to("/tmp"))])
def test_what_others_can_write_to_is_not_taken(place, monkeypatch, spoil):
    monkeypatch.setenv("HOME", str(place / "file"))
    own = place / "tmp" / f"squeezeseg-{os.geteuid()}"
    own.mkdir(mode=0o700)
    spoil(own)
    found = cache_folder("x")
    assert found is None or not found.is_relative_to(place)

"""The page's scripts import each other without circles, and only files that are there."""

from __future__ import annotations

import re

import pytest

from apps.viewer.server import STATIC

COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.S)
IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])\./([\w.]+)\1""")
SCRIPTS = {file.name: file.read_text("utf-8") for file in sorted(STATIC.glob("*.js"))}


def imported(source):
    """The files beside it that a script imports: by name, for their effects, when they are needed, or to pass on."""
    return {name for _, name in IMPORT.findall(COMMENT.sub("", source))}


def circle(scripts):
    """Names of scripts that import each other in a circle, its first one also last; [] where there is none."""
    imports = {name: imported(source) for name, source in scripts.items()}
    done = set()

    def search(name, path):
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        done.add(name)
        return next((found for other in sorted(imports.get(name, ())) if (found := search(other, [*path, name]))), [])

    return next((found for name in imports if (found := search(name, []))), [])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('import { a, b } from "./a.js";', {"a.js"}),
        ("import {\n  a,\n} from \"./a.js\";\nimport b from './b.js';", {"a.js", "b.js"}),
        ('import "./a.js";', {"a.js"}),
        ('const a = await import("./a.js");', {"a.js"}),
        ('export { a } from "./a.js";', {"a.js"}),
        ('import { a } from "three";', set()),
        ('/** @type {import("./a.js").A} */', set()),
        ('/**\n * @param {import("./a.js").A} a\n */', set()),
        ('// import { a } from "./a.js";', set()),
        ('const url = "ws://host"; import { a } from "./a.js"', {"a.js"}),
    ],
)
def test_what_a_script_imports(source, expected):
    assert imported(source) == expected


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["b", "c"], "b": ["c"], "c": []}, []),
        ({"a": ["a"]}, ["a.js", "a.js"]),
        ({"a": ["b"], "b": ["a"]}, ["a.js", "b.js", "a.js"]),
        ({"a": ["b"], "b": ["c"], "c": ["d"], "d": ["b"]}, ["b.js", "c.js", "d.js", "b.js"]),
    ],
)
def test_a_circle_is_found(imports, expected):
    scripts = {f"{name}.js": "".join(f'import "./{k}.js";\n' for k in others) for name, others in imports.items()}
    assert circle(scripts) == expected


def test_no_script_imports_itself_by_way_of_others():
    assert "renderer.js" in imported(SCRIPTS["stage.js"])
    assert circle(SCRIPTS) == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_imported_is_there(name):
    assert imported(SCRIPTS[name]) <= set(SCRIPTS)

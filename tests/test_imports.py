"""Imports point one way: one table of who may import whom, held for every module; lazy imports count."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("projection", "crf", "data", "squeezeseg", "apps")
TYPES = {"projection", "data"}
"""`data` stands for the modules at its root: the types that all else speaks."""
READING = {*TYPES, "data.formats", "data.sources"}

MAY_IMPORT: dict[str, set[str]] = {
    "projection": set(),
    "crf": {"projection"},
    "data": {"projection"},
    "data.formats": TYPES,
    "data.kitti": TYPES,
    "data.sinks": TYPES,
    "data.plausibility": TYPES,
    "data.estimation": {*TYPES, "data.plausibility"},
    "data.sources": {*TYPES, "data.formats", "data.kitti", "data.plausibility"},
    "data.checks": {*TYPES, "data.kitti", "data.plausibility", "data.sources"},
    "data.live": {*TYPES, "data.plausibility", "data.sources"},
    "data.simulator": {*TYPES, "data.kitti", "data.sources"},
    "squeezeseg.networks": TYPES,
    "squeezeseg.coding": set(),
    "squeezeseg.quantizers": set(),
    "squeezeseg.weights": {*TYPES, "crf", "squeezeseg.networks", "squeezeseg.coding"},
    "squeezeseg.engines": {*TYPES, "squeezeseg.networks", "squeezeseg.weights"},
    "squeezeseg.objects": TYPES,
    "squeezeseg.detection": {*TYPES, "data.kitti", "squeezeseg.networks", "squeezeseg.objects"},
    "squeezeseg.tracking": {*TYPES, "data.kitti", "squeezeseg.objects"},
    "squeezeseg.plotting": {*TYPES, "squeezeseg.objects"},
    "squeezeseg.evaluation": {*READING, "squeezeseg.objects"},
    "squeezeseg.graphs": {
        *READING, "crf", "data.simulator",
        "squeezeseg.networks", "squeezeseg.weights", "squeezeseg.engines", "squeezeseg.evaluation",
    },
    "squeezeseg.inference": {
        *READING, "crf", "data.plausibility", "data.sinks",
        "squeezeseg.networks", "squeezeseg.weights", "squeezeseg.engines", "squeezeseg.graphs", "squeezeseg.objects",
        "squeezeseg.plotting",
    },
    "squeezeseg.running": {
        *TYPES, "data.live", "squeezeseg.engines", "squeezeseg.inference", "squeezeseg.objects", "squeezeseg.tracking",
    },
    "squeezeseg.cluster": {*TYPES, "squeezeseg.engines", "squeezeseg.running"},
    "squeezeseg.distributed": {"projection"},
    "squeezeseg.training": {
        *READING, "crf", "data.kitti", "data.simulator", "squeezeseg.distributed",
        "squeezeseg.networks", "squeezeseg.weights", "squeezeseg.engines", "squeezeseg.objects", "squeezeseg.detection",
        "squeezeseg.inference", "squeezeseg.running",
    },
    "squeezeseg.adaptation": {
        *READING, "data.estimation", "data.simulator", "squeezeseg.weights", "squeezeseg.engines",
        "squeezeseg.evaluation", "squeezeseg.inference", "squeezeseg.training",
    },
    "squeezeseg.compression": {
        *TYPES, "squeezeseg.networks", "squeezeseg.coding", "squeezeseg.quantizers", "squeezeseg.weights",
        "squeezeseg.engines", "squeezeseg.evaluation", "squeezeseg.graphs", "squeezeseg.training",
    },
    "squeezeseg.profiling": {
        *TYPES, "squeezeseg.distributed", "squeezeseg.networks", "squeezeseg.weights", "squeezeseg.engines",
        "squeezeseg.graphs", "squeezeseg.inference", "squeezeseg.running",
    },
    "squeezeseg.catalogue": {
        *TYPES, "squeezeseg.networks", "squeezeseg.weights", "squeezeseg.engines", "squeezeseg.graphs",
        "squeezeseg.profiling",
    },
    "squeezeseg.frontier": {
        *READING, "squeezeseg.networks", "squeezeseg.weights", "squeezeseg.engines", "squeezeseg.evaluation",
        "squeezeseg.graphs", "squeezeseg.inference", "squeezeseg.running", "squeezeseg.training",
        "squeezeseg.profiling",
    },
    "squeezeseg.search": {
        *READING, "squeezeseg.networks", "squeezeseg.weights", "squeezeseg.engines", "squeezeseg.evaluation",
        "squeezeseg.graphs", "squeezeseg.inference", "squeezeseg.running", "squeezeseg.training",
        "squeezeseg.profiling", "squeezeseg.coding", "squeezeseg.quantizers", "squeezeseg.compression",
    },
    # What users of Python need, and nobody below imports.
    "squeezeseg": {*TYPES, "data.live", "data.sources", "squeezeseg.*"},
    # apps: its root has what all commands share, the rooms what a command prints, draws or serves.
    "apps": {"projection", "data", "data.*", "squeezeseg", "squeezeseg.*"},
    "apps.drawing": {"apps"},
    "apps.evaluation": {"apps", "apps.drawing"},
    "apps.viewer": {"apps", "apps.drawing", "apps.evaluation"},
    "apps.live": {"apps", "apps.viewer"},
    "apps.desktop": {"apps", "apps.drawing"},
    "apps.bench": {"apps", "apps.drawing"},
    "apps.models": {"apps"},
    "apps.profile": {"apps"},
    "apps.detection": {"apps"},
    "apps.training": {"apps"},
    "apps.adaptation": {"apps", "apps.evaluation"},
    "apps.compression": {"apps", "apps.training"},
    "apps.frontier": {"apps", "apps.drawing", "apps.evaluation", "apps.training"},
    "apps.search": {"apps", "apps.drawing", "apps.evaluation", "apps.training"},
    "apps.commands": {
        "apps", "apps.drawing", "apps.evaluation", "apps.viewer", "apps.live", "apps.desktop", "apps.bench",
        "apps.models", "apps.profile", "apps.detection", "apps.training", "apps.adaptation", "apps.compression",
        "apps.frontier", "apps.search",
    },
    "apps.cli": {"apps", "apps.commands"},
}  # fmt: skip
"""What each unit may import, itself included: a package's room, or the modules at its root."""

for _unit in [unit for unit in MAY_IMPORT if unit.startswith("apps.")]:
    MAY_IMPORT[_unit] = MAY_IMPORT[_unit] | MAY_IMPORT["apps"]


def modules() -> dict[str, Path]:
    """Our modules by their dotted names."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    named = ((".".join(file.relative_to(ROOT).with_suffix("").parts), file) for file in files)
    return {name.removesuffix(".__init__"): file for name, file in named}


MODULES = modules()


def imported(source: str, module: Path) -> set[str]:
    """The dotted names that a module's source imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # A relative import starts from the folder `level` above the module.
            base = list(module.with_suffix("").parts[: -node.level]) if node.level else []
            base += node.module.split(".") if node.module else []
            names |= {".".join([*base, alias.name]) for alias in node.names}
    return names


def module_of(name: str) -> str:
    """The module that a dotted name is, or that an object of it is in."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


def unit_of(module: str) -> str:
    """The unit of a module: its room, where it is in one."""
    package, _, rest = module.partition(".")
    room = f"{package}.{rest.partition('.')[0]}"
    if module == "apps.__main__":
        return "apps.cli"
    return room if room in MAY_IMPORT else package


def imports() -> dict[str, set[str]]:
    """Our modules that each of our modules imports."""
    found = {}
    for name, file in MODULES.items():
        names = imported(file.read_text("utf-8"), file.relative_to(ROOT))
        found[name] = {module_of(one) for one in names} - {name, ""}
    return found


IMPORTS = imports()


def allowed(unit: str, other: str) -> bool:
    rules = MAY_IMPORT[unit]
    return other == unit or other in rules or (f"{other.partition('.')[0]}.*" in rules and "." in other)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import crf.recurrent as r, numpy", {"crf.recurrent", "numpy"}),
        ("from crf import CRFSettings", {"crf.CRFSettings"}),
        ("def f():\n    import torch", {"torch"}),
        ("if TYPE_CHECKING:\n    from torch import nn", {"torch.nn"}),
        ("from . import labels", {"data.sinks.labels"}),
        ("from ..scan import Scan", {"data.scan.Scan"}),
        ('"""import torch"""  # import torch', set()),
    ],
)
def test_what_a_module_imports(source, expected):
    assert imported(source, Path("data/sinks/ply.py")) == expected


@pytest.mark.parametrize(
    ("module", "unit"),
    [
        ("projection.rings", "projection"),
        ("data", "data"),
        ("data.scan", "data"),
        ("data.live.velodyne.source", "data.live"),
        ("squeezeseg", "squeezeseg"),
        ("squeezeseg.inference.gpu.pixels", "squeezeseg.inference"),
        ("apps.console", "apps"),
        ("apps.cli", "apps.cli"),
        ("apps.__main__", "apps.cli"),
    ],
)
def test_units(module, unit):
    assert module in MODULES
    assert unit_of(module) == unit


def test_every_room_has_a_rule():
    rooms = {f"{package}.{init.parent.name}" for package in PACKAGES for init in (ROOT / package).glob("*/__init__.py")}
    assert rooms - set(MAY_IMPORT) == set()
    assert {unit_of(name) for name in MODULES} == set(MAY_IMPORT)


def test_the_table_has_no_circle():
    table = {unit: {other for other in MAY_IMPORT if other != unit and allowed(unit, other)} for unit in MAY_IMPORT}
    order = list(TopologicalSorter(table).static_order())
    assert order.index("projection") < order.index("data") < order.index("squeezeseg.inference") < order.index("apps")


@pytest.mark.parametrize("unit", MAY_IMPORT)
def test_imports_follow_the_table(unit):
    wrong = {
        name: bad
        for name, others in IMPORTS.items()
        if unit_of(name) == unit and (bad := {other for other in others if not allowed(unit, unit_of(other))})
    }
    assert not wrong


def test_no_modules_import_each_other_in_a_circle():
    # Importing a package's front brings its rooms along, but nobody below imports a front.
    list(TopologicalSorter(IMPORTS).static_order())


def test_a_circle_would_be_found():
    with pytest.raises(CycleError):
        list(TopologicalSorter({**IMPORTS, "projection.errors": {"apps.cli"}}).static_order())


def test_projection_needs_numpy_and_numba_only():
    wanted = {"projection", "numpy", "numba", *sys.stdlib_module_names}
    files = sorted((ROOT / "projection").rglob("*.py"))
    names = {file.name: imported(file.read_text("utf-8"), file.relative_to(ROOT)) for file in files}
    wrong = {file: bad for file, found in names.items() if (bad := {n.split(".")[0] for n in found} - wanted)}
    assert not wrong


def test_no_torch_in_projection_data_and_the_crf_kernel():
    files = [file for name, file in MODULES.items() if name.split(".")[0] in ("projection", "data", "crf")]
    found = [f for f in files if "torch" in {n.split(".")[0] for n in imported(f.read_text("utf-8"), f)}]
    assert [file.name for file in found] == ["recurrent.py"]


def test_torch_is_not_loaded_with_projection_data_and_the_crf_kernel():
    names = "projection, data, data.sources, data.sinks, crf, crf.meanfield"
    code = f"import sys, {names}; print(*(m for m in ('torch', 'open3d') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_nothing_is_decided_by_the_name_of_an_engine():
    """An engine says in fields what it is; its name is for people."""
    uses = []
    for name, file in MODULES.items():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            parts = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                parts += [node.func.value] * (node.func.attr in ("startswith", "endswith", "split", "partition"))
            uses += [name for part in parts if ast.unparse(part).endswith(("engine.name", "runner.name"))]
    assert uses == []

"""What keeps the architecture as it is drawn."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mdm_osupdate as osu

SOURCE = Path(osu.__file__).parent
# A module imports only from those before it.
LAYERS = [
    "_vocabulary",
    "_errorcodes",
    "_errors",
    "_osversion",
    "_localtime",
    "_findings",
    "_device",
    "_availability",
    "_rules",
    "_schema",
    "_messages",
    "_plist",
    "_json",
    "_codec",
    "_declarations",
    "_status",
    "_examine",
    "_validate",
    "_successor",
    "_plan",
    "_events",
    "_answers",
    "_reports",
    "_flow",
]
IO = {"socket", "time", "random", "threading", "asyncio", "os", "pathlib", "logging", "io"}


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports at any place, but for those for type checkers alone."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize("name", LAYERS)
def test_imports_point_one_way(name: str) -> None:
    inside = {found[1:] for found in imports_of(SOURCE / f"{name}.py") if found.startswith(".")}
    assert inside <= set(LAYERS[: LAYERS.index(name)])


def test_every_module_has_its_layer() -> None:
    modules = {path.stem for path in SOURCE.glob("_*.py")}
    assert modules - {"__init__", "__main__"} == set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_the_library_does_no_io(name: str) -> None:
    tops = {found.split(".")[0] for found in imports_of(SOURCE / f"{name}.py")}
    assert not tops & IO
    assert ("plistlib" in tops) == (name == "_plist")
    assert ("cattrs" in tops) == (name == "_codec")
    assert ("json" in tops) == (name == "_json")


def test_public_names_are_sorted_and_there() -> None:
    assert all(hasattr(osu, name) for name in osu.__all__)
    assert len(set(osu.__all__)) == len(osu.__all__)
    assert dir(osu) == sorted(osu.__all__)
    private = {name for name in vars(osu) if name.startswith("_")}
    modules = {name for name, value in vars(osu).items() if type(value) is type(sys)}
    assert set(vars(osu)) - private - modules - {"TYPE_CHECKING"} == set(osu.__all__)


def test_other_names_are_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'utils'"):
        osu.utils  # noqa: B018


def test_importing_leaves_the_extras_alone() -> None:
    code = "import sys, mdm_osupdate; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"hypothesis", "click", "rich", "httpx", "cattrs"} & set(loaded)

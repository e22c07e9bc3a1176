"""The architecture: rooms, the direction of imports, and the public names."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mdm_osupdate as osu
from mdm_osupdate import declarations

SOURCE = Path(osu.__file__).parent
ROOMS = [
    "errors",
    "versions",
    "rules",
    "messages",
    "declarations",
    "codec",
    "device",
    "inventory",
    "releases",
    "availability",
    "validation",
    "flow",
    "planning",
    "simulator",
    "strategies",
    "conformance",
    "cli",
]
"""A room imports only rooms that stand above it."""
IO = {"socket", "time", "random", "threading", "asyncio", "os", "pathlib", "logging", "io"}


def files_of(room: str) -> list[Path]:
    """The modules of a room, which is a package or a module."""
    return sorted((SOURCE / room).rglob("*.py")) or [SOURCE / f"{room}.py"]


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports anywhere, except for type checkers only."""
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


ROOMS_THERE = [room for room in ROOMS if any(path.exists() for path in files_of(room))]


@pytest.mark.parametrize("room", ROOMS_THERE)
def test_imports_follow_the_layers(room: str) -> None:
    prefix = "mdm_osupdate."
    found = set().union(*map(imports_of, files_of(room)))
    rooms = {name.removeprefix(prefix) for name in found if name.startswith(prefix)}
    assert {name.split(".")[0] for name in rooms} <= set(ROOMS[: ROOMS.index(room)])
    assert not any("." in name for name in rooms), "only what a room exports may be imported"


def test_every_file_belongs_to_a_room() -> None:
    entries = {path.stem for path in SOURCE.iterdir() if path.suffix in ("", ".py")}
    assert entries - {"__init__", "__main__", "__pycache__"} <= set(ROOMS)


@pytest.mark.parametrize("room", [room for room in ROOMS_THERE if room != "cli"])
def test_the_library_does_no_io(room: str) -> None:
    for path in files_of(room):
        tops = {found.split(".")[0] for found in imports_of(path)}
        if room not in ("strategies", "conformance"):
            assert not tops & IO
        assert (
            "plistlib" not in tops or room == "strategies" or path == SOURCE / "codec" / "plist.py"
        )
        assert "cattrs" not in tops or room in ("codec", "flow")


def test_public_names_are_sorted_and_exist() -> None:
    assert all(hasattr(osu, name) for name in osu.__all__)
    assert len(set(osu.__all__)) == len(osu.__all__)
    assert dir(osu) == sorted(osu.__all__)
    private = {name for name in vars(osu) if name.startswith("_")}
    modules = {name for name, value in vars(osu).items() if type(value) is type(sys)}
    assert set(vars(osu)) - private - modules - {"TYPE_CHECKING"} == set(osu.__all__)


def test_other_names_do_not_exist() -> None:
    with pytest.raises(AttributeError, match="no attribute 'utils'"):
        getattr(osu, "utils")  # noqa: B009


def loaded_by(statement: str) -> set[str]:
    """The modules that are loaded when a new interpreter has run a statement."""
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_loads_few_modules() -> None:
    loaded = loaded_by("import mdm_osupdate")
    assert not {"hypothesis", "click", "rich", "httpx", "cattrs"} & loaded
    assert "mdm_osupdate.validation" not in loaded
    assert "mdm_osupdate.validation" in loaded_by("from mdm_osupdate import validate")


def test_commands_are_checked_without_the_declarations() -> None:
    check = "import mdm_osupdate as osu; osu.validate(osu.OSUpdateStatusCommand())"
    assert "mdm_osupdate.declarations" not in loaded_by(check)
    for value in vars(declarations).values():
        if isinstance(value, type) and issubclass(value, osu.Message):
            assert value._wire != "plist"  # by which the checks of commands are told apart

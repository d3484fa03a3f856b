"""Imports run one way, from room to room, and BUILD agrees."""

import ast
import importlib
import itertools
import pathlib

import pytest

import tf_schedules

_ROOT = pathlib.Path(__file__).parent.parent
_PACKAGE = _ROOT / "tf_schedules"
# A folder or a module may import those on earlier lines. The bare package
# gathers the public names; only the driver comes after it.
_ORDER = [
    {"options"},
    {"startup"},
    {"numerics"},
    {"core"},
    {"schedules"},
    {"saving", "distribute", "plotting", "run"},
    {"keras"},
    {"catalogue"},
    {"tf_schedules"},
    {"request", "terminal"},
    {"cli"},
    {"__main__"},
]


def _imports(path: pathlib.Path) -> set[str]:
    """The dotted modules and names of the package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {path.name}"
            found |= {f"{node.module}.{a.name}" for a in node.names}
    return {name for name in found if name.split(".")[0] == "tf_schedules"}


def _box_of(dotted: str) -> str:
    """The room or the module that an import refers to."""
    part = [*dotted.split("."), ""][1]
    return part if part in _BOXES else "tf_schedules"


_BOXES = {
    "tf_schedules" if path.name == "__init__.py" else path.stem: sorted(
        path.glob("*.py")
    )
    or [path]
    for path in sorted(_PACKAGE.iterdir())
    if path.suffix == ".py" or (path / "__init__.py").exists()
}
_ARROWS = {
    box: {_box_of(name) for path in paths for name in _imports(path)} - {box}
    for box, paths in _BOXES.items()
}


def test_every_room_is_in_the_order():
    assert set().union(*_ORDER) == set(_BOXES)


@pytest.mark.parametrize("box", _BOXES)
def test_imports_run_one_way(box):
    lower = itertools.takewhile(lambda boxes: box not in boxes, _ORDER)
    assert _ARROWS[box] <= set().union(*lower)


@pytest.mark.parametrize("box", _BOXES)
def test_modules_of_a_room_have_no_import_cycle(box):
    names = {path.stem for path in _BOXES[box] if path.stem != "__init__"}
    prefix = f"tf_schedules.{box}."
    left = {
        path.stem: {
            name.removeprefix(prefix).split(".")[0]
            for name in _imports(path)
            if name.startswith(prefix)
        }
        & names
        for path in _BOXES[box]
        if path.stem in names
    }
    while free := {
        name for name, needs in left.items() if not needs & set(left)
    }:
        left = {n: needs for n, needs in left.items() if n not in free}
    assert not left, "these import each other"


@pytest.mark.parametrize("box", _BOXES)
def test_rooms_give_the_names_that_they_list(box):
    """What another room imports is in `__all__`, so that files may move."""
    for name in set().union(*map(_imports, _BOXES[box])):
        parts = name.split(".")[1:]
        if parts and parts[0] != box and (_PACKAGE / parts[0]).is_dir():
            room, *inside = parts
            listed = importlib.import_module(f"tf_schedules.{room}").__all__
            assert len(inside) == 1, name
            assert inside[0] in listed, name


_TABLES = {"_ROOMS", "_MODULES"}


def _build_targets() -> dict[str, set[str]]:
    """The libraries in BUILD and their dependencies."""
    targets = {}
    for node in ast.parse((_ROOT / "BUILD").read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id in _TABLES:
            targets |= ast.literal_eval(node.value)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            values = {k.arg: k.value for k in call.keywords}
            if call.func.id == "py_library":
                (source,) = ast.literal_eval(values["srcs"])
                name = pathlib.PurePath(source).stem
                name = "tf_schedules" if name == "__init__" else name
                targets[name] = ast.literal_eval(values["deps"])
    return {
        name: {dep.removeprefix(":") for dep in deps}
        for name, deps in targets.items()
    }


def test_build_matches_the_imports():
    assert _build_targets() == _ARROWS


def test_files_are_short():
    for path in _PACKAGE.rglob("*.py"):
        assert len(path.read_text().splitlines()) <= 320, path.name


def test_probability_is_imported_only_where_it_is_used():
    for path in _PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "probability" not in ast.unparse(node), path.name


@pytest.mark.parametrize("name", tf_schedules.__all__)
def test_public_names_have_the_package_as_their_module(name):
    """Moves then break no pickle, and errors show the names that users type."""
    assert getattr(tf_schedules, name).__module__ == "tf_schedules"

"""Imports run one way, and the BUILD file says the same."""

import ast
import pathlib
import re

import pytest

_ROOT = pathlib.Path(__file__).parent.parent
_PACKAGE = _ROOT / "tf_schedules"
# Each may import what stands on a line before its own. The bare package
# gathers the names; only the driver comes after it.
_ORDER = [
    {"flavour", "paths", "precision", "replicas", "tracing"},
    {"warmup_requests"},
    {"arguments", "integers", "ticks"},
    {"hyperparameter", "numerics"},
    {"division", "serialization", "steps"},
    {"configured", "cycles", "powers"},
    {"shapes"},
    {"schedule"},
    {"constant", "cosine", "cyclical", "decay", "piecewise", "warmup"},
    {"conversion"},
    {"adapter", "adjustable", "arithmetic", "clock", "composition"},
    {"saved_model_schedule"},
    {"freezing"},
    {"callbacks", "saved_model", "weights", "workers"},
    {"plateau"},
    {"catalogue"},
    {"__init__"},
    {"main"},
]


def _imports(path: pathlib.Path) -> set[str]:
    """The modules of the package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {path.name}"
            if node.module == "tf_schedules":
                found |= {f"tf_schedules.{a.name}" for a in node.names}
            else:
                found.add(node.module)
    modules = {p.stem for p in _PACKAGE.glob("*.py")}
    inside = {n.partition(".")[2] for n in found if n.startswith("tf_schedul")}
    return {n if n in modules else "__init__" for n in inside}


_MODULES = {p.stem: _imports(p) for p in sorted(_PACKAGE.glob("*.py"))}


def _build_targets() -> dict[str, set[str]]:
    """The py_library targets of BUILD with their dependencies."""
    targets = {}
    for node in ast.walk(ast.parse((_ROOT / "BUILD").read_text())):
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) == "py_library"
        ):
            values = {k.arg: k.value for k in node.keywords}
            name = ast.literal_eval(values["name"])
            deps = values.get("deps", ast.List([]))
            (source,) = ast.literal_eval(values["srcs"])
            module = pathlib.PurePath(source).stem
            targets[module] = {
                re.sub(r"^.*[:/]", "", d) for d in ast.literal_eval(deps)
            }
            assert name in (f"tf_schedules/{module}", "tf_schedules")
    return targets


def test_every_module_is_in_the_order():
    assert set().union(*_ORDER) == set(_MODULES)


@pytest.mark.parametrize("module", _MODULES)
def test_imports_run_one_way(module):
    allowed = set()
    for modules in _ORDER:
        if module in modules:
            break
        allowed |= modules
    assert _MODULES[module] <= allowed


@pytest.mark.parametrize("module", _MODULES)
def test_build_says_what_the_imports_say(module):
    deps = {
        "__init__" if d == "tf_schedules" else d
        for d in _build_targets()[module]
    }
    assert deps == _MODULES[module]


def test_build_has_no_other_libraries():
    assert set(_build_targets()) == set(_MODULES)


def test_files_are_short():
    for path in _PACKAGE.glob("*.py"):
        assert len(path.read_text().splitlines()) <= 320, path.name


def test_probability_is_imported_only_where_it_is_used():
    for path in _PACKAGE.glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "probability" not in ast.unparse(node), path.name

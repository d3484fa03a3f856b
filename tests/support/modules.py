"""Programs outside of the package as modules."""

import importlib.util
import pathlib
import types


def module_at(path: pathlib.Path) -> types.ModuleType:
    """Runs a Python file, and returns what it defines."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

"""Files of python that stand outside the package."""

import importlib.util
from pathlib import Path
from types import ModuleType

__all__ = ["ROOT", "load"]

ROOT = Path(__file__).resolve().parents[1]


def load(path) -> ModuleType:
    """Give a file below the root as a module; the ``main`` of a script is not run."""
    path = ROOT / path
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

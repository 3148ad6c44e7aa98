"""What holds for the package as a whole: its floors, its doors, and what its code never uses."""

import ast
import configparser
import importlib
import re
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "sklearn_rnn"
FILES = sorted((ROOT / PACKAGE).rglob("*.py"))
DOORS = [path for path in FILES if path.name == "__init__.py"]

FLOORS = {
    "exceptions": 0,
    "_sklearn": 0,
    "_saving": 0,
    "data": 1,
    "files": 1,
    "metrics": 2,
    "datasets": 2,
    "preprocessing": 2,
    "model_selection": 2,
    "nn": 2,
    "modules": 3,
    "training": 4,
    "estimators": 5,
    "ensemble": 6,
    "persistence": 7,
    "inspection": 7,
}
# Methods of estimators that write files reach up, when they are called.
UPWARDS = {
    ("sklearn_rnn._saving", "persistence"),
    ("sklearn_rnn.estimators._exporting", "persistence"),
}
OPTIONAL = {
    *("matplotlib", "tensorboard", "onnx", "onnxruntime", "dask", "ray", "pyarrow", "pytest"),
    *("skops", "gensim"),
}

# Dropout and seeding of torch draw from or move its global generator, as numpy's functions do.
FORBIDDEN = re.compile(
    r"torch\.nn\.(.+\.)?\w*[dD]ropout\w*"
    r"|torch\.\w*dropout_?"
    r"|torch\.(\w+\.)?(manual_seed(_all)?|seed|seed_all|set_rng_state(_all)?)"
    r"|torch\.set_num_(interop_)?threads"
    r"|numpy\.random\.(?!default_rng$)[a-z_][\w.]*"
)
# A cell class that the user brings draws from the global generator; it is put back at once.
SEEDED_IN_A_FORK = ("sklearn_rnn.nn._cells", "torch.default_generator.manual_seed")
PRIVATE_SCIKIT_LEARN = re.compile(r"sklearn(\.\w+)*\._[a-z]\w*(\.\w+)*")
PIN = re.compile(r"^([\w.-]+)==(\S+)$", re.MULTILINE)


class Use(NamedTuple):
    """A dotted name in a file: where it stands, and what it means with imports resolved."""

    line: int
    name: str


# --- reading the source -------------------------------------------------------------------------


def module_name(path, root=ROOT):
    """``sklearn_rnn/nn/_stack.py`` -> ``sklearn_rnn.nn._stack``; a folder's door is the folder."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_base(node, module, is_door):
    """The module that a ``from ... import`` names, relative dots resolved."""
    if not node.level:
        return node.module
    package = module.split(".") if is_door else module.split(".")[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def imports(tree, module, is_door=False):
    """Every import statement of a file, those inside functions too, as (line, from, name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = import_base(node, module, is_door)
            yield from ((node.lineno, base, alias.name) for alias in node.names)
        elif is_import_by_name(node):
            yield node.lineno, node.args[0].value, None


def is_import_by_name(node):
    """Whether a node is ``importlib.import_module("...")``, its argument written out."""
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("import_module")
        and [type(argument) for argument in node.args] == [ast.Constant]
    )


def aliases(tree, module, is_door=False):
    """What each imported name of a file stands for: ``{"np": "numpy", "F": "torch.nn...."}``."""
    meaning = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                meaning[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            base = import_base(node, module, is_door)
            for alias in node.names:
                meaning[alias.asname or alias.name] = f"{base}.{alias.name}"
    return meaning


def dotted_uses(tree, module, is_door=False):
    """Every imported name, and every attribute chain that starts with one."""
    meaning = aliases(tree, module, is_door)
    for line, base, name in imports(tree, module, is_door):
        yield Use(line, f"{base}.{name}" if name else base)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            if first in meaning and all(part.isidentifier() for part in rest):
                yield Use(node.lineno, ".".join([meaning[first], *rest]))


# --- what is wrong with a file ------------------------------------------------------------------


def wrong_imports(source, module, is_door=False):
    """The imports of a module that the table of floors does not allow."""
    if module == PACKAGE:
        return []
    own = module.split(".")[1]
    if own not in FLOORS:
        return [f"{module}: '{own}' has no floor; give it one in FLOORS of tests/test_package.py"]
    found = []
    for line, base, _ in imports(ast.parse(source), module, is_door):
        root, *rest = base.split(".")
        if root != PACKAGE:
            continue
        if not rest:
            found.append(f"{module}:{line}: imports from the package root")
        elif not is_allowed(own, rest[0]) and (module, rest[0]) not in UPWARDS:
            found.append(f"{module}:{line}: {own} may not import {rest[0]}, which is not below it")
    return found


def is_allowed(own, other):
    """Whether a file may import from another part: its own folder, or any lower floor."""
    same_folder = own == other or FLOORS[own] == FLOORS.get(other) == 0
    return same_folder or FLOORS.get(other, float("inf")) < FLOORS[own]


def forbidden_uses(source, module, is_door=False):
    """Where a module uses torch's or numpy's global generators, or sets torch's threads."""
    return matching_uses(FORBIDDEN, source, module, is_door)


def private_scikit_learn(source, module, is_door=False):
    """Where a module other than ``_sklearn`` reaches for a private name of scikit-learn."""
    if module == f"{PACKAGE}._sklearn":
        return []
    return matching_uses(PRIVATE_SCIKIT_LEARN, source, module, is_door)


def matching_uses(pattern, source, module, is_door):
    uses = sorted(set(dotted_uses(ast.parse(source), module, is_door)))
    return [
        f"{module}:{line}: {name}"
        for line, name in uses
        if pattern.fullmatch(name) and (module, name) != SEEDED_IN_A_FORK
    ]


def public_names(source, module):
    """The names without underscore that a folder's ``__init__`` takes from the package or makes."""
    names = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom):
            if import_base(node, module, is_door=True).split(".")[0] == PACKAGE:
                names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign):
            names.add(ast.unparse(node.target))
    return {name for name in names if not name.startswith("_")}


def wrong_all(listed, source, module):
    """What is wrong with the ``__all__`` of a folder's ``__init__``."""
    found = []
    missing = sorted(public_names(source, module) - set(listed))
    if missing:
        found.append(f"{module}.__all__ lacks {missing}")
    ordered = sorted(listed, key=constants_classes_functions)
    if list(listed) != ordered:
        found.append(f"{module}.__all__ is not sorted; it should be {ordered}")
    if len(set(listed)) < len(listed):
        found.append(f"{module}.__all__ lists a name twice")
    return found


def constants_classes_functions(name):
    """The order in which ruff sorts ``__all__`` (RUF022)."""
    return not (name.isupper() and len(name) > 1), not name[:1].isupper(), name


def declared_bounds(setup_cfg):
    """``{package: lowest version}`` over all dependencies and extras that state one."""
    config = configparser.ConfigParser()
    config.read_string(setup_cfg)
    extras = config["options.extras_require"].values()
    lines = "\n".join([config["options"]["install_requires"], *extras]).split()
    return dict(line.split(">=") if ">=" in line else (line, None) for line in lines)


def pins(requirements):
    """``{package: version}`` of the lines ``package==version``, names in lower case."""
    return {name.lower(): version for name, version in PIN.findall(requirements)}


def modules_loaded_by(statement):
    """The top-level modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def complaints(check):
    """The complaints of one check over every file of the package."""
    return [
        complaint
        for path in FILES
        for complaint in check(
            path.read_text(encoding="utf-8"), module_name(path), path.name == "__init__.py"
        )
    ]


# --- the package --------------------------------------------------------------------------------


def test_the_package_has_files():
    assert ROOT / PACKAGE / "__init__.py" in FILES


def test_each_file_imports_only_from_its_folder_or_a_lower_floor():
    assert complaints(wrong_imports) == []


def test_no_file_touches_global_generators_or_sets_threads():
    assert complaints(forbidden_uses) == []


def test_private_parts_of_scikit_learn_come_through_one_door():
    assert complaints(private_scikit_learn) == []


@pytest.mark.parametrize("door", DOORS, ids=module_name)
def test_every_folder_lists_its_public_names_in_order(door):
    module = importlib.import_module(module_name(door))
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert wrong_all(module.__all__, door.read_text(encoding="utf-8"), module.__name__) == []


def test_importing_the_package_imports_no_optional_package():
    loaded = modules_loaded_by(f"import {PACKAGE}") & OPTIONAL
    assert loaded <= modules_loaded_by("import pandas")  # which loads pyarrow if it is there


def test_a_wheel_holds_every_file_and_says_that_it_is_typed(tmp_path):
    """Built from a copy, since a build leaves folders behind."""
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / PACKAGE, source / PACKAGE, ignore=ignored)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    command = [sys.executable, "-c", build, str(tmp_path)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith(f"{PACKAGE}/")}
    files = {path.relative_to(ROOT).as_posix() for path in FILES}
    assert held == files | {f"{PACKAGE}/py.typed"}


def test_the_minimum_pins_are_the_lower_bounds_of_setup_cfg():
    bounds = declared_bounds((ROOT / "setup.cfg").read_text(encoding="utf-8"))
    minimum = pins((ROOT / "requirements" / "minimum.txt").read_text(encoding="utf-8"))
    stated = {name: version for name, version in bounds.items() if version}
    assert {name: minimum.get(name) for name in stated} == stated


def test_the_constraints_pin_every_declared_dependency():
    bounds = declared_bounds((ROOT / "setup.cfg").read_text(encoding="utf-8"))
    pinned = pins((ROOT / "requirements" / "constraints.txt").read_text(encoding="utf-8"))
    assert sorted(set(map(canonicalize_name, bounds)) - set(map(canonicalize_name, pinned))) == []


def test_the_constraints_pin_what_pinned_packages_need():
    """As far as these very versions are installed here: others may need others."""
    text = (ROOT / "requirements" / "constraints.txt").read_text(encoding="utf-8")
    pinned = {canonicalize_name(name): version for name, version in pins(text).items()}
    installed = {canonicalize_name(one.name): one for one in metadata.distributions()}
    needed = {
        (canonicalize_name(requirement.name), name)
        for name, version in pinned.items()
        if name in installed and installed[name].version == version
        for requirement in map(Requirement, installed[name].requires or [])
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    assert sorted((need, by) for need, by in needed if need not in pinned) == []


# --- the checks above find what they look for ---------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "from sklearn_rnn.training import net",
        "import sklearn_rnn.estimators",
        "from ..modules import Classifier",
        "from ..nn import Stack",
        "def f():\n    from sklearn_rnn.inspection import Display",
        "import importlib\nimportlib.import_module('sklearn_rnn.training')",
        "from sklearn_rnn import Sequences",
        "from .. import data",
        "import sklearn_rnn",
        "from sklearn_rnn.unheard_of import x",
    ],
)
def test_an_import_from_the_side_or_above_is_found(source):
    assert len(wrong_imports(source, "sklearn_rnn.preprocessing._words")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import numpy, torch",
        "from sklearn.base import BaseEstimator",
        "from sklearn_rnn.data import Sequences",
        "from ..exceptions import DivergenceError",
        "from ._tokens import split",
        "from . import _tokens",
    ],
)
def test_an_import_from_beside_or_below_is_allowed(source):
    assert wrong_imports(source, "sklearn_rnn.preprocessing._words") == []


def test_dots_count_from_the_folder_in_a_door():
    assert wrong_imports("from ._a import b", "sklearn_rnn.data", is_door=True) == []
    assert len(wrong_imports("from .. import nn", "sklearn_rnn.data", is_door=True)) == 1


def test_a_folder_without_a_floor_is_found():
    assert len(wrong_imports("", "sklearn_rnn.attic._old")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.nn.Dropout(0.1)",
        "from torch import nn\nlayer = nn.Dropout1d",
        "import torch.nn.functional as F\nF.dropout(x)",
        "from torch.nn import Dropout",
        "import torch\ntorch.dropout(x, 0.1, True)",
        "import torch\ntorch.manual_seed(0)",
        "import torch\ntorch.cuda.manual_seed_all(0)",
        "import torch\ntorch.default_generator.manual_seed(0)",
        "import torch as t\nt.set_num_threads(1)",
        "import numpy as np\nnp.random.shuffle(x)",
        "import numpy as np\nnp.random.seed(0)",
        "from numpy.random import rand",
        "from numpy import random\ndef f():\n    return random.normal()",
    ],
)
def test_a_global_generator_is_found(source):
    assert forbidden_uses(source, "sklearn_rnn.nn._layers") != []


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.default_rng(0).normal()\nnp.random.RandomState(0)",
        "import torch\ntorch.Generator().manual_seed(0)\ntorch.random.fork_rng()",
        "from sklearn_rnn.nn import Dropout\nDropout(0.1)",
        "from . import Dropout",
        "generator.manual_seed(0)",
    ],
)
def test_a_generator_of_ones_own_is_allowed(source):
    assert forbidden_uses(source, "sklearn_rnn.nn._layers") == []


@pytest.mark.parametrize(
    "source",
    [
        "from sklearn.utils._param_validation import Interval",
        "from sklearn.utils import _tags",
        "import sklearn\nsklearn.utils._tags.Tags()",
    ],
)
def test_a_private_name_of_scikit_learn_is_found(source):
    assert private_scikit_learn(source, "sklearn_rnn.estimators._base") != []
    assert private_scikit_learn(source, "sklearn_rnn._sklearn") == []


def test_public_names_leave_out_other_packages():
    source = "import numpy\nfrom torch import nn\nfrom ._a import b, _c\nD = 1\ndef e(): ..."
    assert public_names(source, "sklearn_rnn.data") == {"b", "D", "e"}


@pytest.mark.parametrize("listed", [["b"], ["b", "A"], ["A", "b", "b"]])
def test_a_wrong_all_is_found(listed):
    assert wrong_all(listed, "from ._a import A, b", "sklearn_rnn.data") != []


def test_a_loaded_module_is_found():
    assert "decimal" in modules_loaded_by("import decimal")
    assert "decimal" not in modules_loaded_by("pass")


def test_pins_and_bounds_are_read():
    text = "[options]\ninstall_requires =\n  a>=1\n  b\n[options.extras_require]\nx = c>=2\n"
    assert declared_bounds(text) == {"a": "1", "b": None, "c": "2"}
    assert pins("# b==3\nA==1.0\nc-d==2\n") == {"a": "1.0", "c-d": "2"}

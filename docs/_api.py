"""How the API reference is made: settings of autodoc, autosummary and numpydoc, for ``conf.py``.

What the reference lists, in ``api/*.rst``, is what the library promises. The tests of docstrings
read it from here as well, so that nothing is listed unchecked.
"""

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from numpydoc.xref import DEFAULT_LINKS

__all__ = [
    "autoclass_content",
    "autodoc_member_order",
    "autodoc_typehints",
    "autosummary_context",
    "autosummary_generate",
    "default_role",
    "numpydoc_attributes_as_param_list",
    "numpydoc_class_members_toctree",
    "numpydoc_show_class_members",
    "numpydoc_xref_aliases",
    "numpydoc_xref_ignore",
    "numpydoc_xref_param_type",
    "smartquotes",
    "toc_object_entries_show_parents",
]

PACKAGE = "sklearn_rnn"
DOCS = Path(__file__).parent
PAGES = DOCS / "api"
_LINE = re.compile(r"^\.\. (?:py:)?(\w+):: *(\S*)|^   (\w+)$")
# Hooks of torch, whose own pages tell of them; scikit-learn's routing, for which there are none.
_HOOKS = re.compile(r"extra_repr|set_\w+_request")
_ROLE = re.compile(r"\{(class|func|meth)\}`(?:[^`<]*<)?~?([\w.]+)>?`")


class Members(NamedTuple):
    """What a page of a class tells of: its own methods and properties, and what it inherits."""

    methods: list[str]
    properties: list[str]
    inherited: list[str]


def listed(page: str) -> list[str]:
    """Give the full names that a page lists, in tables of autosummary and as ``py:data``."""
    found, module, directive = [], PACKAGE, None
    for line in page.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name, argument, row = match.groups()
        if row is None:
            directive = name
            if name in ("currentmodule", "module"):
                module = argument
            elif name == "data":
                found.append(f"{module}.{argument}")
        elif directive == "autosummary":
            found.append(f"{module}.{row}")
    return found


def reference() -> list[str]:
    """Give the full names that the whole reference lists, page by page."""
    return [name for path in sorted(PAGES.glob("*.rst")) for name in listed(path.read_text())]


def guide_pages(folder: Path = DOCS / "guide") -> dict[str, list[str]]:
    """Give the pages of the guide that speak of each full name, in the order of the guide.

    Those whose last section, where to go next, names it come alone: the page of its task, mostly.
    Of what no page names there, all pages that mention it are given.
    """
    ends, anywhere = {}, {}
    order = (folder / "index.md").read_text()
    for path in sorted(folder.glob("*.md"), key=lambda path: order.find(f"({path.name})")):
        text = path.read_text()
        _, _, end = text.partition("\n## Where to go next\n")
        for found, part in ((ends, end), (anywhere, text)):
            for name in sorted(_named(part)):
                found.setdefault(name, []).append(f"/guide/{path.stem}")
    return anywhere | ends


def _named(text: str) -> set[str]:
    """Find the full names that roles of a page lead to, of a method that of its class."""
    named = _ROLE.findall(text)
    return {name.rpartition(".")[0] if role == "meth" else name for role, name in named}


def find(name: str) -> object:
    """Give what a full name stands for: ``package.folder.Name``, perhaps with a member."""
    parts = name.split(".")
    here: object = importlib.import_module(parts[0])
    for i, part in enumerate(parts[1:], start=1):
        if isinstance(here, ModuleType) and not hasattr(here, part):
            importlib.import_module(".".join(parts[: i + 1]))
        here = getattr(here, part)
    return here


def members(cls: type) -> Members:
    """Tell the public methods and properties of a class that this package defines from others.

    Of others, those of scikit-learn are named: a class of torch or of Python has too many.
    """
    found = Members([], [], [])
    for name in dir(cls):
        if name.startswith("_") or _HOOKS.fullmatch(name):
            continue
        is_property, module = _defined(inspect.getattr_static(cls, name), getattr(cls, name, None))
        if module.startswith(PACKAGE):
            (found.properties if is_property else found.methods).append(name)
        elif module.startswith("sklearn.") and not is_property:
            found.inherited.append(name)
    return found


def _defined(static, value) -> tuple[bool, str]:
    """Tell whether a member is a property, and in which module its function stands."""
    function = static.fget if isinstance(static, property) else value
    if not callable(function) or inspect.isclass(function):
        return False, ""
    return isinstance(static, property), getattr(inspect.unwrap(function), "__module__", None) or ""


def classes(names: list[str]) -> list[str]:
    """Give those of the names that are classes."""
    return [name for name in names if inspect.isclass(find(name))]


# What conf.py takes. The pages of a class are written from a table of its members, since
# autosummary would list all that a network inherits from torch.
_CLASSES = classes(reference())
autosummary_generate = True
autosummary_context = {
    "pages": {name: members(find(name))._asdict() for name in _CLASSES},
    "guide": guide_pages(),
}
autoclass_content = "class"
autodoc_member_order = "groupwise"  # methods, then properties
autodoc_typehints = "none"  # numpydoc's sections say the types
toc_object_entries_show_parents = "hide"
smartquotes = False  # default="auto" is code
default_role = "literal"  # single backticks are code, as in the docstrings of other libraries

numpydoc_show_class_members = False  # the template has them
numpydoc_class_members_toctree = False
numpydoc_attributes_as_param_list = True
# A type is linked if it is a class of ours; everything else stays as it is written.
numpydoc_xref_param_type = True
numpydoc_xref_aliases = {name.rpartition(".")[2]: name for name in _CLASSES}
numpydoc_xref_ignore = "all"
DEFAULT_LINKS.clear()  # those lead to the pages of Python and numpy, which would be fetched

"""The API reference lists every public name once, and nothing else."""

import importlib
import re

import pytest

from sklearn_rnn.nn import ATTENTIONS, CELLS, POOLINGS, TREE_CELLS
from tests.loading import ROOT, load

# Listed whole; the root holds what is public of ``estimators`` and ``persistence``.
WHOLE = [
    "sklearn_rnn",
    "sklearn_rnn.datasets",
    "sklearn_rnn.ensemble",
    "sklearn_rnn.exceptions",
    "sklearn_rnn.inspection",
    "sklearn_rnn.metrics",
    "sklearn_rnn.model_selection",
    "sklearn_rnn.preprocessing",
]
# Lower floors, whose doors are for the floors above; users need a part of them, or nothing.
IN_PART = ["sklearn_rnn.data", "sklearn_rnn.nn"]
INNER = [
    "sklearn_rnn.estimators",
    "sklearn_rnn.files",
    "sklearn_rnn.modules",
    "sklearn_rnn.persistence",
    "sklearn_rnn.training",
]

API = load("docs/_api.py")  # which reads the pages
LISTED = API.reference()


def listed_of(module):
    return {name.rpartition(".")[2] for name in LISTED if name.rpartition(".")[0] == module}


def test_no_name_is_listed_twice():
    assert sorted(LISTED) == sorted(set(LISTED))


def test_every_folder_is_known_as_public_or_inner():
    package = ROOT / "sklearn_rnn"
    parts = [path.parent.name for path in package.glob("*/__init__.py")]
    parts += [path.stem for path in package.glob("[!_]*.py")]
    known = {name.partition(".")[2] for name in (*WHOLE, *IN_PART, *INNER)} - {""}
    assert set(parts) == known


@pytest.mark.parametrize("module", WHOLE)
def test_all_public_names_of_a_module_are_listed(module):
    assert listed_of(module) == set(importlib.import_module(module).__all__)


@pytest.mark.parametrize("module", IN_PART)
def test_what_is_listed_of_a_lower_floor_is_in_its_door(module):
    assert listed_of(module) <= set(importlib.import_module(module).__all__)
    assert listed_of(module)


def test_the_inner_folders_are_not_listed():
    assert [name for name in LISTED if name.rpartition(".")[0] in INNER] == []
    assert {name.rpartition(".")[0] for name in LISTED} == {*WHOLE, *IN_PART}


def test_every_estimator_has_a_page_of_the_guide():
    pages = API.guide_pages()
    for name in LISTED:
        if name.rpartition(".")[0] == "sklearn_rnn":
            assert pages.get(name), f"no page of docs/guide leads to {name}"


def test_pages_of_the_guide_come_by_class_function_and_method_as_the_guide_orders_them(tmp_path):
    (tmp_path / "index.md").write_text("[B](b.md), [A](a.md), [C](c.md)")
    for page in "ab":
        text = "{class}`~p.Text` {func}`p.f`\n\n## Where to go next\n\n{meth}`fit <p.Model.fit>`"
        (tmp_path / f"{page}.md").write_text(text)
    (tmp_path / "c.md").write_text("{class}`~p.Model`\n\n## Where to go next\n\n{func}`p.f`")
    found = API.guide_pages(tmp_path)
    assert found == {
        "p.Text": ["/guide/b", "/guide/a"],  # at the end of no page
        "p.Model": ["/guide/b", "/guide/a"],  # at the end of two, within another
        "p.f": ["/guide/c"],
    }


def test_layers_that_parameters_name_are_listed():
    """And the registries themselves; no attention is what the page does not tell of."""
    registries = (CELLS, TREE_CELLS, POOLINGS, {k: v for k, v in ATTENTIONS.items() if k})
    named = [cls for registry in registries for cls in registry.values()]
    own = {cls.__name__ for cls in named if cls.__module__.startswith("sklearn_rnn")}
    assert own <= listed_of("sklearn_rnn.nn")
    assert {"CELLS", "TREE_CELLS", "POOLINGS", "ATTENTIONS"} <= listed_of("sklearn_rnn.nn")


def test_the_index_leads_to_every_page():
    pages = {path.stem for path in API.PAGES.glob("*.rst")} - {"index"}
    index = (API.PAGES / "index.rst").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^   (\w+)$", index, re.MULTILINE)) == sorted(pages)


def test_names_of_pages_are_read():
    page = """\
Title
=====

.. module:: sklearn_rnn.metrics

Text, and what is no name:

   indented

.. autosummary::
   :toctree: generated/

   hit_rate
   ndcg

.. py:data:: span_f1_scorer
   :no-contents-entry:

   As scoring.

.. currentmodule:: sklearn_rnn

.. autosummary::

   load
"""
    assert API.listed(page) == [
        "sklearn_rnn.metrics.hit_rate",
        "sklearn_rnn.metrics.ndcg",
        "sklearn_rnn.metrics.span_f1_scorer",
        "sklearn_rnn.load",
    ]


def test_a_name_that_does_not_exist_is_found():
    assert API.find("sklearn_rnn.nn.LRU.fill").__name__ == "fill"
    with pytest.raises((AttributeError, ModuleNotFoundError)):
        API.find("sklearn_rnn.metrics.accuracy")

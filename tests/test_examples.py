"""What holds of every script in ``examples/``.

The gallery's build runs those that plot, and stops at an error or a warning; see
``docs/_gallery.py``. Here the others run, and all are read.
"""

import ast
import os
import pickle
import re
import subprocess
import sys
import warnings

import pytest

import sklearn_rnn
from sklearn_rnn import inspection
from tests.loading import ROOT, load

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PLOTS = [path for path in EXAMPLES if path.name.startswith("plot_")]
SCRIPTS = [path for path in EXAMPLES if path not in PLOTS]
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
FROM_A_NETWORK = re.compile(
    r"urlopen|urlretrieve|import requests|fetch_\w+|https?://|download", re.IGNORECASE
)
SHOWN = [
    *(name for name in sklearn_rnn.__all__ if name.startswith(("RNN", "Tree"))),
    "SeedEnsemble",
    *(name for name in inspection.__all__ if name.endswith("Display")),
    "gradient_flow",
    "partial_dependence",
    "permutation_importance",
]


def names_used_in(path):
    """The names that the code of a script uses, beside those that it only imports."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


@pytest.fixture
def gallery():
    return load("docs/_gallery.py")


@pytest.fixture
def quickstart():
    return load("examples/quickstart.py")


def test_two_examples_are_scripts_for_a_shell():
    assert [path.stem for path in SCRIPTS] == ["quickstart", "serve_onnx"]


@pytest.mark.slow
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_runs_and_leaves_only_its_picture(path, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", path],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    said = re.findall(r"^saved (\S+)$", done.stdout, re.MULTILINE)
    assert said == [f"{path.stem}.png"]
    assert [left.name for left in tmp_path.iterdir()] == said
    assert (tmp_path / said[0]).read_bytes().startswith(PNG_SIGNATURE)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_has_a_title_and_tells_what_it_shows(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    title, underline, _, *text = docstring.splitlines()
    assert underline == "=" * len(title)
    assert len(text) > 1


@pytest.mark.parametrize("path", PLOTS, ids=lambda path: path.stem)
def test_a_page_of_the_gallery_asks_shows_and_ends_with_what_is_next(path):
    source = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)).splitlines()[0].endswith("?")
    *cells, last = re.split(r"^# %%$", source, flags=re.MULTILINE)
    assert len(cells) >= 2
    assert any("plt.show()" in cell for cell in cells)
    assert last.count("# **What ") == 2, "what to try next, and what it does badly or costs"
    assert "savefig" not in source


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_downloads_nothing(path):
    code = ast.unparse(ast.parse(path.read_text(encoding="utf-8")))
    docstring = ast.get_docstring(ast.parse(code))
    assert not FROM_A_NETWORK.search(code.replace(docstring, ""))


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_shows_every_estimator_and_every_display(name):
    assert any(name in names_used_in(path) for path in PLOTS)


def test_the_gallery_holds_every_example_that_plots_in_an_order(gallery):
    assert sorted(gallery.EXAMPLE_ORDER) == [path.name for path in PLOTS]
    places = [gallery.place_of(name) for name in gallery.EXAMPLE_ORDER]
    assert places == list(range(len(PLOTS)))
    with pytest.raises(ValueError, match="plot_nothing.py has no place in EXAMPLE_ORDER"):
        gallery.place_of("plot_nothing.py")


def test_the_gallery_takes_what_plots_and_leaves_the_scripts(gallery):
    conf = gallery.sphinx_gallery_conf
    taken = [p for p in EXAMPLES if not re.search(conf["ignore_pattern"], p.name)]
    assert taken == PLOTS
    assert all(re.search(conf["filename_pattern"], str(path)) for path in taken)


def test_sphinx_can_keep_the_settings_of_the_gallery(gallery):
    conf = gallery.sphinx_gallery_conf
    assert pickle.loads(pickle.dumps(conf)) == conf
    named = [conf["within_subsection_order"], conf["minigallery_sort_order"]]
    named += [name for name in conf["reset_modules"] if "." in name]
    assert all(callable(getattr(gallery, name.removeprefix("_gallery."))) for name in named)


def test_a_warning_ends_the_build_of_the_gallery_and_no_filter_stays(gallery):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = list(warnings.filters)
        gallery.warnings_are_errors({}, "plot_anything.py", when="before")
        with pytest.raises(FutureWarning):
            warnings.warn("this will change", FutureWarning, stacklevel=1)
        warnings.warn("FigureCanvasAgg is non-interactive, and thus", stacklevel=1)
        gallery.warnings_are_errors({}, "plot_anything.py", when="after")
        assert warnings.filters == before


def test_the_quickstart_goes_on_without_matplotlib(quickstart, monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    quickstart.save_training_curves(classifier=None, path=tmp_path / "curves.png")
    assert 'pip install "sklearn-rnn[plots]"' in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_sentences_are_prose_without_markup_or_the_name_of_a_library(quickstart):
    docstring = """Turn one :class:`~a.b.Series` into *several* numbers.  A line of numpy is left
    out here. Too short.

    Parameters
    ----------
    x : int
        The number of what is to be turned.

    >>> This line is an example and no prose.

    The end follows the `start` at once [1]_. this one has no beginning
    """
    found = quickstart.split_sentences(docstring.replace("\n    ", "\n"))
    assert list(found) == ["Turn one a.b.Series into several numbers."]

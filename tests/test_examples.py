"""Every script in ``examples/`` runs by itself and leaves the picture that it speaks of."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def load(name):
    """An example as a module, its ``main`` not run."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_examples():
    assert ROOT / "examples" / "quickstart.py" in EXAMPLES


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_leaves_only_its_picture(path, tmp_path):
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


def test_the_quickstart_goes_on_without_matplotlib(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    quickstart = load("quickstart")
    quickstart.save_training_curves(classifier=None, path=tmp_path / "curves.png")
    assert 'pip install "sklearn-rnn[plots]"' in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_sentences_are_prose_without_markup_or_the_name_of_a_library():
    docstring = """Turn one :class:`~a.b.Series` into *several* numbers.  A line of numpy is left
    out here. Too short.

    Parameters
    ----------
    x : int
        The number of what is to be turned.

    >>> This line is an example and no prose.

    The end follows the `start` at once [1]_. this one has no beginning
    """
    found = load("quickstart").split_sentences(docstring.replace("\n    ", "\n"))
    assert list(found) == ["Turn one a.b.Series into several numbers."]

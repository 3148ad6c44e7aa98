"""Loading runs nothing: Python's own audit events tell, in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

from tests.persistence.golden.make import FOLDER, file_of

# pandas imports parts of itself for their first frames, and skops for its parts of scikit-learn.
WITH_OTHERS = ("series", "panel", "pipeline of a table")

ROOT = Path(__file__).parents[2]

# Of each file: every event that means code or the system, but for opening the file itself.
WATCH = """
import sys
import sklearn_rnn

HARMLESS = {"object.__getattr__", "object.__setattr__", "sys._getframe", "builtins.id"}
seen, watching = [], False

def watch(event, args):
    if watching and event not in HARMLESS:
        seen.append((event, str(args)))

sys.addaudithook(watch)
for path in sys.argv[1:]:
    watching = True
    sklearn_rnn.load(path)
    watching = False
    of_file = [event == "open" and path in args for event, args in seen]
    assert sum(of_file) == 1, seen
    others = {event for (event, _), own in zip(seen, of_file) if not own}
    print(path.rsplit("/", 1)[-1], *sorted(others))
    seen.clear()
"""


def watched(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_loading_imports_unpickles_and_runs_nothing_and_opens_but_the_file():
    others = {file_of(name) for name in WITH_OTHERS}
    paths = sorted(set(FOLDER.glob("*.model")) - others)
    assert watched(WATCH, *paths) == [path.name for path in paths]


def test_the_watch_sees_what_a_careless_load_would_do():
    careless = "open(path).close(); import tabnanny, pickle; pickle.loads(pickle.dumps(print))"
    (seen,) = watched(WATCH.replace("sklearn_rnn.load(path)", careless), __file__)
    assert {"import", "pickle.find_class"} <= set(seen.split())

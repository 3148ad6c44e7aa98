"""sklearn_rnn and its peers on the same data, each in an environment of its own.

::

    python benchmarks/peers/run.py --setup --data ../shared/data
    python benchmarks/peers/run.py --tasks trec m4
    python benchmarks/peers/run.py --tasks trec --programs ours keras --repeats 1

Every fit is a process of its own with one thread; the programs of a task take turns, with another
seed each turn. README.md in this folder says what is compared and how.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # what the benchmarks share

from _common import Table, cpu_name, mean_and_spread, median
from programs import OWN, PROGRAMS, REFERENCES
from readers import TASKS
from tasks import write_task

HERE = Path(__file__).resolve().parent
LONG = 60  # seconds of a fit, above which it has FEWER repeats
REPEATS, FEWER = 5, 3
TORCH = "torch==2.13.0"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
SETTINGS = {"KERAS_BACKEND": "torch", "CUDA_VISIBLE_DEVICES": ""} | ONE_THREAD


# -------------------------------------------------------------------------------- environments


def interpreter(folder, environment):
    """The Python of an environment."""
    if environment == OWN:
        return Path(sys.executable)
    return folder / environment / ("Scripts" if os.name == "nt" else "bin") / "python"


def set_up(folder, environments):
    """Make the environments that are missing, each from its file in ``requirements``."""
    for environment in sorted(environments - {OWN}):
        python = interpreter(folder, environment)
        if not python.exists():
            print(f"- making {folder / environment}", flush=True)
            venv.create(folder / environment, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # torch by itself first, so that pip's own settings decide which build of it comes
        subprocess.run([*install, TORCH], check=True)
        requirements = HERE / "requirements" / f"{environment}.txt"
        subprocess.run([*install, "-r", requirements], check=True)


# -------------------------------------------------------------------------------------- turns


def run_once(python, program, task_file, folder, seed):
    """What one process measured, and what it predicted."""
    predictions = folder / "predictions.json"
    command = [
        python, HERE / "one_fit.py", "--program", program, "--task", task_file,
        "--predictions", predictions, "--seed", str(seed),
    ]  # fmt: skip
    done = subprocess.run(command, env=os.environ | SETTINGS, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{program} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    result = json.loads(done.stdout.splitlines()[-1])
    return result | {"predictions": json.loads(predictions.read_text(encoding="utf-8"))}


def take_turns(programs, task, score, options):
    """The results of all repeats by program; each turn goes through all programs."""
    results = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        task_file = folder / "task.json"
        write_task(task, task_file)
        for turn in range(options.repeats or REPEATS):
            for name in programs:
                if results[name] and turn >= repeats_of(results[name][0], options):
                    continue
                what = {"task": task.title, "amount": task.amount, "program": name, "seed": turn}
                result = from_record(options.record, what)
                if result is None:
                    python = interpreter(options.environments, PROGRAMS[name].environment)
                    result = run_once(python, name, task_file, folder, seed=turn)
                    result["score"] = score(task, result.pop("predictions"))
                    add_to_record(options.record, what | result)
                results[name].append(result)
    return results


def repeats_of(first, options):
    """How often a program is run whose first result is this."""
    return options.repeats or (FEWER if first["fit_wall"] > LONG else REPEATS)


def from_record(path, what):
    """The line of the record that is of this run, None if there is none."""
    if path is None or not path.exists():
        return None
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return next((line for line in lines if what.items() <= line.items()), None)


def add_to_record(path, line):
    """Add a line to the record, if one is kept."""
    if path:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


# -------------------------------------------------------------------------------------- tables


def print_table(entry, task, results):
    """Medians of a task's programs, and how many times ours they are."""
    print(f"\n{task.title}: {task.amount}.\n")
    table = Table(
        "program", entry.score_name, "spread", "fit, cpu s", "times ours", "fit, wall s",
        "predict, cpu s", "times ours", "peak MB", "runs",
    )  # fmt: skip
    reference = results.get(REFERENCES[entry.kind])
    for name, runs in results.items():
        table.row(*cells(entry, name, runs, reference))


def cells(entry, name, runs, reference):
    """The row of one program."""
    score, spread = mean_and_spread([run["score"] for run in runs])
    fit, wall, predict, peak = (
        median(run[key] for run in runs)
        for key in ("fit_cpu", "fit_wall", "predict_cpu", "peak_mb")
    )
    return (
        PROGRAMS[name].title,
        f"{score:.{entry.digits}f}",
        f"{spread:.{entry.digits}f}",
        f"{fit:.2f}",
        times(fit, reference, "fit_cpu"),
        f"{wall:.2f}",
        f"{predict:.3f}",
        times(predict, reference, "predict_cpu"),
        f"{peak:.0f}",
        len(runs),
    )


def times(value, reference, key):
    """How many times the reference's median a value is, "-" without a reference."""
    return f"{value / median(run[key] for run in reference):.2f}" if reference else "-"


def versions_of(results):
    """One line an environment: what took part."""
    lines = {}
    for name, runs in results.items():
        lines.setdefault(PROGRAMS[name].environment, {}).update(runs[0]["versions"])
    return [
        f"- {environment}: " + ", ".join(f"{name} {number}" for name, number in found.items())
        for environment, found in lines.items()
    ]


# ---------------------------------------------------------------------------------------- main


def chosen_programs(kind, options):
    """The programs of a kind of task that were asked for and whose environment is there."""
    chosen = []
    for name, entry in PROGRAMS.items():
        if entry.kind != kind or (options.programs and name not in options.programs):
            continue
        python = interpreter(options.environments, entry.environment)
        if python.exists():
            chosen.append(name)
        else:
            print(f"- {entry.title} is left out: no {python}; run with --setup")
    return chosen


def parse_options(arguments=None):
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="data folder")
    parser.add_argument("--environments", type=Path, default=Path(".venv-peers"),
                        help="folder of the peers' environments (.venv-peers)")  # fmt: skip
    parser.add_argument("--setup", action="store_true", help="make the environments first")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, metavar="TASK", default=list(TASKS),
                        help=f"some of {', '.join(TASKS)}")  # fmt: skip
    parser.add_argument("--programs", nargs="+", choices=PROGRAMS, metavar="PROGRAM",
                        help=f"some of {', '.join(PROGRAMS)}")  # fmt: skip
    parser.add_argument("--repeats", type=int,
                        help=f"runs of each ({REPEATS}; {FEWER} if a fit takes over {LONG} s; "
                        "1 with --quick)")  # fmt: skip
    parser.add_argument("--record", type=Path,
                        help="file with a line of JSON for each run; what stands in it is not run "
                        "again")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="a few sequences, to try the script")
    options = parser.parse_args(arguments)
    options.environments = options.environments.absolute()
    options.repeats = options.repeats or (1 if options.quick else None)
    return options


def main():
    options = parse_options()
    if options.setup:
        names = options.programs or PROGRAMS
        set_up(options.environments, {PROGRAMS[name].environment for name in names})
    print("# Peers side by side\n")
    print(f"- machine: {cpu_name()}, {os.cpu_count()} cores; one thread each", flush=True)
    for name in options.tasks:
        entry = TASKS[name]
        if not entry.is_there(options.data):
            print(f"- {entry.title} is missing below {options.data / entry.path}: {entry.source}")
            continue
        programs = chosen_programs(entry.kind, options)
        if not programs:
            continue
        task = entry.read(options.data / entry.path)
        task = task.small() if options.quick else task
        results = take_turns(programs, task, entry.score, options)
        print_table(entry, task, results)
        print("", *versions_of(results), sep="\n", flush=True)


if __name__ == "__main__":
    main()

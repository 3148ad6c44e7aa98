"""Time the training of one LSTM in float32 and in bfloat16, and compare their accuracy.

One layer both ways, the last states, a linear head; no convolution, no subwords, no dropout. Both
take turns with the same seeds, and are scored on sequences held out from the fit::

    python benchmarks/bench_precision.py
    python benchmarks/bench_precision.py --only words --hidden 128 --quick
    python benchmarks/bench_precision.py --device cuda --hidden 256 1024

The data are drawn here from fixed seeds. No fit is right on all of the held-out part: where both
were, their difference would say nothing.
"""

import argparse
from dataclasses import replace

import numpy as np
import torch
from _common import CLOCKS, Table, mean_and_spread, median, print_header, timed
from _workloads import Workload, draw_ids, draw_text_lengths, draw_waves, our_parameters

PRECISIONS = ("float32", "bfloat16")
TIMES_FASTER = 1.3  # the aim

# A rate that falls to zero, so that the last epoch is no luckier or unluckier than the one before.
TRAINING = {"batch_size": 32, "lr": 3e-3, "lr_schedule": "one_cycle"}


# ---------------------------------------------------------------------------------------- data


def make_words(quick):
    """Texts as ids: a mean length of 21, six classes."""
    rng = np.random.default_rng(0)
    n = 1_000 if quick else 5_000
    classes = rng.integers(0, 6, n)
    sequences = draw_ids(draw_text_lengths(n, rng), classes, 2_000, rng)
    return Workload("words", sequences, classes, 2_000, epochs=2 if quick else 6)


def make_recordings(quick):
    """Noisy waves of six channels and 100 to 400 steps; four classes."""
    rng = np.random.default_rng(1)
    n = 200 if quick else 1_400
    classes = rng.integers(0, 4, n)
    sequences = draw_waves(rng.integers(100, 401, n), classes, rng)
    return Workload("recordings", sequences, classes, None, epochs=1 if quick else 20)


WORKLOADS = {"words": make_words, "recordings": make_recordings}


def cut(workload, rows):
    """The same workload with some of its sequences."""
    return replace(workload, sequences=workload.sequences[rows], classes=workload.classes[rows])


def hold_out(workload, quick):
    """The last sequences to score on, the others to fit on; they are in no order."""
    n_test = 100 if quick else 1_000
    return cut(workload, slice(-n_test)), cut(workload, slice(-n_test, None))


# ------------------------------------------------------------------------------------- running


def fit_once(train, test, clock, **changes):
    """Seconds of one fit, and the accuracy in percent on the held-out part."""
    from sklearn_rnn import RNNClassifier

    model = RNNClassifier(**our_parameters(train, **TRAINING, **changes))
    _, seconds = timed(model.fit, train.sequences, train.classes, clock=clock)
    return seconds, 100 * model.score(test.sequences, test.classes)


def fit_in_turns(workload, hidden_size, options):
    """Seconds and accuracies of every seed, by precision; they begin in turns."""
    train, test = hold_out(workload, options.quick)
    runs = {precision: [] for precision in PRECISIONS}
    for seed in range(options.seeds):
        for precision in PRECISIONS if seed % 2 == 0 else PRECISIONS[::-1]:
            run = fit_once(
                train, test, options.clock, precision=precision, hidden_size=hidden_size,
                random_state=seed, device=options.device,
            )  # fmt: skip
            runs[precision].append(run)
    return {precision: list(zip(*rows, strict=True)) for precision, rows in runs.items()}


def verdict(times_faster, means, spread, seeds):
    """Whether the aim is met: faster, and no less right than seeds differ."""
    faster = "met" if times_faster >= TIMES_FASTER else "missed"
    same = "met" if means[1] >= means[0] - spread else "missed"
    return f"faster: {faster}, accuracy: {same if seeds > 1 else 'needs more seeds'}"


def cells_of(workload, hidden_size, options):
    """The cells of one row: what it is, seconds, accuracies, verdict."""
    runs = fit_in_turns(workload, hidden_size, options)
    seconds = [median(runs[precision][0]) for precision in PRECISIONS]
    scores = [mean_and_spread(runs[precision][1]) for precision in PRECISIONS]
    means, spreads = zip(*scores, strict=True)
    times_faster, spread = seconds[0] / seconds[1], max(spreads)
    train, test = hold_out(workload, options.quick)
    sizes = f"{len(train.classes)} / {len(test.classes)}"
    steps = f"{train.n_steps / len(train.classes):.0f}"
    return (
        workload.title, sizes, steps, hidden_size, workload.epochs, *(f"{s:.2f}" for s in seconds),
        f"{times_faster:.2f}", *(f"{mean:.1f}" for mean in means), f"{spread:.1f}",
        verdict(times_faster, means, spread, options.seeds),
    )  # fmt: skip


def warm_up(options):
    """Fit both once: the first fit of a process pays for imports and first kernels."""
    train, test = hold_out(make_words(quick=True), quick=True)
    for precision in PRECISIONS:
        fit_once(train, test, options.clock, precision=precision, device=options.device)


def parse_options():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, metavar="WORKLOAD",
                        help=f"some of {', '.join(WORKLOADS)}")  # fmt: skip
    parser.add_argument("--hidden", type=int, nargs="+", default=[128, 256], metavar="UNITS",
                        help="units of the LSTM in one direction (128 256)")  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, default=3, help="fits of each precision, seeds 0, 1, ... (3)"
    )
    parser.add_argument("--threads", type=int, default=1, help="torch threads (1)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, mps (cpu)")
    parser.add_argument("--clock", choices=CLOCKS, default="wall",
                        help="wall, or cpu: steadier where the cores are shared")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="little data, few epochs")
    return parser.parse_args()


def main():
    options = parse_options()
    torch.set_num_threads(options.threads)
    print_header(f"float32 and bfloat16 on {options.device}", options.threads)
    warm_up(options)
    table = Table(
        "workload", "train / test", "mean steps", "hidden", "epochs", "float32 s",
        "bfloat16 s", "times faster", "float32 %", "bfloat16 %", "spread of seeds", "aim",
    )  # fmt: skip
    for name in options.only or WORKLOADS:
        workload = WORKLOADS[name](options.quick)
        for hidden_size in options.hidden:
            table.row(*cells_of(workload, hidden_size, options))
    print(f"\nSeconds: median of {options.seeds} fits; %: mean accuracy on held-out sequences.")
    print(f"Aim: bfloat16 trains {TIMES_FASTER} times faster with 128 units, more with 256, and is")
    print(
        "right no less often than float32 but for the spread of the seeds (largest minus smallest)."
    )


if __name__ == "__main__":
    main()

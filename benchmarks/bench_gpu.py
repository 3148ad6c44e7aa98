"""Measure training and prediction on a GPU, against a bare cuDNN loop and against the CPU.

Sections, all or those of ``--only``:

- *results*: how far predictions of a model on the device are from those on the CPU;
- *training*: tokens a second of ``RNNClassifier`` and of a torch loop by someone careful (data on
  the device, batches of like length gathered in one operation, fused AdamW), epoch by epoch in
  turns; in float32, in bfloat16, and ours with CUDA graphs;
- *scan*: a layer of each cell that is computed by a parallel scan, forward and backward, against
  cuDNN's LSTM of the same size, with the most memory that either takes;
- *waits*: how often training waits for the device, by torch's own count, which must not grow with
  the number of batches.

Without a GPU it says so and ends. ``--device cpu --quick`` runs the same code on the CPU at tiny
sizes, so that it is known to run; its figures mean nothing::

    python benchmarks/bench_gpu.py
    python benchmarks/bench_gpu.py --device cpu --quick
"""

import argparse
import time
import warnings
from functools import partial

import numpy as np
import torch
from _common import Table, median, print_header
from _workloads import CLIP, LEARNING_RATE, Workload, draw_ids, draw_text_lengths, our_parameters
from bench_training import PaddedModule, bucketed_batches
from torch.nn.functional import cross_entropy

from sklearn_rnn import RNNClassifier, RNNTagger
from sklearn_rnn.nn import CELLS, build_cell

SECTIONS = ("results", "training", "scan", "waits")
SCAN_CELLS = tuple(name for name in ("mingru", "minlstm", "lru") if name in CELLS)
AIM = 0.95  # of the bare loop's tokens a second
SCAN_AIM, SCAN_AIM_STEPS = 5, 4096  # times as fast as cuDNN's LSTM, at so many steps


# ---------------------------------------------------------------------------------------- data


def make_words(quick, equal):
    """Texts as ids, ragged or all of 64 words."""
    rng = np.random.default_rng(0)
    n = 64 if quick else 20_000
    lengths = np.full(n, 64) if equal else draw_text_lengths(n, rng)
    classes = rng.integers(0, 6, n)
    title = "64 words each" if equal else "short words"
    sequences = draw_ids(lengths, classes, 8_000, rng)
    return Workload(title, sequences, classes, 8_000, epochs=2 if quick else 4)


def parameters_of(workload, options, **changes):
    """Parameters of the plain LSTM, on the device, in batches that fill a GPU."""
    plain = {"device": options.device, "batch_size": options.batch, "hidden_size": options.hidden}
    return our_parameters(workload, **plain | changes)


# ----------------------------------------------------------------------------------- the clock


def synchronise(options):
    if options.on_gpu:
        torch.cuda.synchronize()


def seconds_of(function, options, repeats=5):
    """Median seconds of a call, after two that do not count."""
    found = []
    for i in range(2 + (1 if options.quick else repeats)):
        synchronise(options)
        start = time.perf_counter()
        function()
        synchronise(options)
        if i > 1:
            found.append(time.perf_counter() - start)
    return median(found)


def peak_of(function, options):
    """Bytes that a call takes at most, over what is there before; nan on a CPU."""
    if not options.on_gpu:
        return float("nan")
    synchronise(options)
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    function()
    synchronise(options)
    return torch.cuda.max_memory_allocated() - before


# ------------------------------------------------------------------------------------- results


def compare_results(options):
    """Fit on the CPU, and predict there and on the device with the same weights."""
    print("\n## Results\n")
    table = Table("model", "predictions", "greatest difference", "aim")
    rng = np.random.default_rng(1)
    X = [rng.normal(size=(length, 6)) for length in rng.integers(1, 60, 64)]
    y = rng.integers(0, 3, len(X))
    models = {f"RNNClassifier, {cell}": (RNNClassifier(cell=cell), y) for cell in CELLS}
    tags = [np.where(steps[:, 0] > 0, "up", "down").tolist() for steps in X]
    models["RNNTagger, crf"] = RNNTagger(output="crf"), tags
    plain = {"hidden_size": 32, "max_epochs": 1, "random_state": 0, "early_stopping": False}
    for name, (model, target) in models.items():
        model.set_params(**plain, device="cpu").fit(X, target)
        expected = flat(model.predict_proba(X))
        moved = model.set_params(device=options.device)
        moved.__setstate__(moved.__getstate__())
        found = flat(moved.predict_proba(X))
        table.row(name, len(X), f"{np.abs(found - expected).max():.1e}", "1e-4")


def flat(predictions):
    return np.concatenate([np.ravel(row) for row in predictions])


# ------------------------------------------------------------------------------------ training


class BareLoop:
    """The same network in a torch loop, its data on the device from the beginning."""

    def __init__(self, workload, options, dtype=None):
        self.options, self.dtype = options, dtype
        device = options.device
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.module = PaddedModule(
                workload.n_tokens, workload.n_channels, options.hidden, workload.n_classes
            ).to(device)
        self.parameters = list(self.module.parameters())
        self.optimizer = torch.optim.AdamW(
            self.parameters, LEARNING_RATE, weight_decay=0.0, fused=True
        )
        self.generator = torch.Generator().manual_seed(0)
        self.lengths = torch.tensor([len(sequence) for sequence in workload.sequences])
        self.starts = (self.lengths.cumsum(0) - self.lengths).to(device)
        self.lengths_there = self.lengths.to(device)
        self.values = torch.from_numpy(np.concatenate(workload.sequences)).to(device)
        self.targets = torch.from_numpy(workload.classes).to(device)

    def epoch(self):
        """Train over all batches; the losses are read at the end."""
        losses = []
        for rows in bucketed_batches(self.lengths, self.options.batch, self.generator):
            longest, there = int(self.lengths[rows].max()), rows.to(self.options.device)
            self.optimizer.zero_grad()
            with self.precision():
                loss = cross_entropy(self.module(*self.batch(there, longest)), self.targets[there])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.parameters, CLIP, foreach=True)
            self.optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses).cpu()

    def batch(self, rows, longest):
        """Steps, the same from their ends, and lengths."""
        lengths, step = self.lengths_there[rows], torch.arange(longest, device=rows.device)
        real = step < lengths[:, None]
        first = self.starts[rows][:, None]
        values = self.values[torch.where(real, first + step, 0)] * real
        mirrored = (lengths[:, None] - 1 - step).clamp(min=0)
        return values, values.gather(1, mirrored) * real, lengths

    def precision(self):
        kind = torch.device(self.options.device).type
        return torch.autocast(kind, dtype=torch.bfloat16, enabled=self.dtype == "bfloat16")


def our_epochs(workload, options, **changes):
    """Seconds of the epochs of one fit, the first left out, and the model."""
    model = RNNClassifier(**parameters_of(workload, options, **changes))
    model.fit(workload.sequences, workload.classes)
    return [row["dur"] for row in model.history_[1:]], model


def time_training(options):
    """Compare tokens a second, in turns."""
    print("\n## Training\n")
    table = Table(
        "workload", "precision", "tokens/s bare", "tokens/s ours", "ours / bare", "aim",
        "with CUDA graphs / bare", "weights by graphs differ by", "peak bare", "peak ours",
    )  # fmt: skip
    for equal in (True, False):
        workload = make_words(options.quick, equal)
        for precision in ("float32", "bfloat16"):
            table.row(*row_of_training(workload, precision, options))
    print(f"\nMedian of epochs in {options.rounds} rounds, in turns; aim: {AIM} of the bare loop.")


def row_of_training(workload, precision, options):
    bare = BareLoop(workload, options, precision)
    graphs = {"net_params": {"cuda_graphs": True}}
    seconds = {"bare": [], "ours": [], "graphs": []}
    bare.epoch()
    for _ in range(options.rounds):
        seconds["bare"] += [seconds_of_epoch(bare, options) for _ in range(workload.epochs - 1)]
        durations, plain = our_epochs(workload, options, precision=precision)
        seconds["ours"] += durations
        durations, graphed = our_epochs(workload, options, precision=precision, **graphs)
        seconds["graphs"] += durations
    times = {name: median(found) for name, found in seconds.items()}
    pairs = zip(plain.module_.parameters(), graphed.module_.parameters(), strict=True)
    difference = max(float((one - other).detach().abs().max()) for one, other in pairs)
    peaks = [
        peak_of(bare.epoch, options),
        peak_of(lambda: our_epochs(workload, options, precision=precision), options),
    ]
    rates = [f"{workload.n_steps / times[name]:,.0f}" for name in ("bare", "ours")]
    ratios = [f"{times['bare'] / times[name]:.2f}" for name in ("ours", "graphs")]
    return (
        workload.title, precision, *rates, ratios[0], AIM, ratios[1], f"{difference:.0e}",
        *(f"{peak / 2**20:.0f} MiB" for peak in peaks),
    )  # fmt: skip


def seconds_of_epoch(loop, options):
    synchronise(options)
    start = time.perf_counter()
    loop.epoch()
    return time.perf_counter() - start


# ---------------------------------------------------------------------------------------- scan


def time_scans(options):
    """Run one layer there and back."""
    print("\n## Cells by parallel scan\n")
    if not SCAN_CELLS:
        print("The registry has none.")
        return
    table = Table("steps", "batch", "cell", "ms lstm", "ms", "times faster", "aim", "peak / lstm")
    for steps in (16, 64) if options.quick else (512, 4_096, 32_768):
        batch = 2 if options.quick else max(1, 65_536 // steps)
        seconds, peaks = {}, {}
        for cell in ("lstm", *SCAN_CELLS):
            run = there_and_back(cell, batch, steps, options)
            seconds[cell], peaks[cell] = seconds_of(run, options), peak_of(run, options)
        for cell in SCAN_CELLS:
            table.row(
                steps, batch, cell, f"{1e3 * seconds['lstm']:.2f}", f"{1e3 * seconds[cell]:.2f}",
                f"{seconds['lstm'] / seconds[cell]:.1f}",
                SCAN_AIM if steps == SCAN_AIM_STEPS else "",
                f"{peaks[cell] / peaks['lstm']:.2f}",
            )  # fmt: skip


def there_and_back(cell, batch, steps, options):
    """One layer of a cell over random steps, forward and backward."""
    size = 8 if options.quick else 256
    generator = torch.Generator().manual_seed(0)
    layer = build_cell(cell, size, size, generator=generator).to(options.device)
    values = torch.randn(batch, steps, size, generator=generator).to(options.device)
    values.requires_grad_()

    def run():
        layer.zero_grad()
        values.grad = None
        layer(values)[0].square().mean().backward()

    return run


# --------------------------------------------------------------------------------------- waits


def count_waits(options):
    """Count what torch calls synchronising in fits of more and more batches."""
    print("\n## Waiting for the device\n")
    table = Table("workload", "batches an epoch", "epochs", "waits of a fit")
    for equal in (True, False):
        workload = make_words(options.quick, equal)
        parameters = parameters_of(workload, options)
        for share in (4, 2, 1):
            n = len(workload.sequences) // share
            model = RNNClassifier(**parameters)
            waits = waits_of(partial(fit_part, model, workload, n), options)
            table.row(workload.title, -(-n // options.batch), workload.epochs, waits)
    print("\nThe waits must be as many whatever the number of batches.")


def fit_part(model, workload, n):
    model.fit(workload.sequences[:n], workload.classes[:n])


def waits_of(function, options):
    if not options.on_gpu:
        function()
        return "not counted"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            function()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    return sum("synchronizing" in str(warning.message) for warning in caught)


# ---------------------------------------------------------------------------------------- main


RUN = {
    "results": compare_results,
    "training": time_training,
    "scan": time_scans,
    "waits": count_waits,
}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--hidden", type=int, help="units of the LSTM (512; quick: 8)")
    parser.add_argument("--batch", type=int, help="sequences in a batch (256; quick: 16)")
    parser.add_argument("--rounds", type=int, help="rounds of training (3; quick: 1)")
    options = parser.parse_args()
    sizes = (("hidden", 512, 8), ("batch", 256, 16), ("rounds", 3, 1))
    for name, usual, tiny in sizes:
        if getattr(options, name) is None:
            setattr(options, name, tiny if options.quick else usual)
    options.on_gpu = torch.device(options.device).type == "cuda"
    return options


def main():
    options = parse_options()
    if options.on_gpu and not torch.cuda.is_available():
        print("torch finds no CUDA device here: nothing is measured.")
        return
    name = torch.cuda.get_device_name(options.device) if options.on_gpu else "the CPU"
    print_header(f"Training and prediction on {name}", torch.get_num_threads())
    torch.backends.cudnn.allow_tf32 = False  # float32 means the same on all sides
    for section in options.only:
        RUN[section](options)


if __name__ == "__main__":
    main()

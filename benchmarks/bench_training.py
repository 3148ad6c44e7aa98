"""Time ``RNNClassifier`` against the usual skorch net and against a bare torch loop.

Three programs fit and apply the same model (embedding, one LSTM both ways, the last states, a
linear head) on the same sequences, with the same optimizer, epochs and batch size, in turns:

- *usual*: skorch's ``NeuralNetClassifier`` as most people write it, with a ``Dataset`` that
  returns one sequence, a collate function that pads and a module that packs;
- *bare*: a torch loop by someone careful, with flat storage, batches of like length gathered in
  one operation, no packing and no framework;
- *ours*: ``sklearn_rnn.RNNClassifier``.

The data are drawn here from fixed seeds, so the table can be made anywhere::

    python benchmarks/bench_training.py --quick
    python benchmarks/bench_training.py --only words tiny --repeats 5

On a CPU the backward pass of a packed LSTM grows with the square of the time: every step of the
packed data is a slice, and the gradient of each slice is a tensor as long as all of them. So the
usual net needs minutes for one epoch of the long recordings, and a program that slow is timed
once only (``--patience``). ``--without usual`` leaves it out.
"""

import argparse
import json
import subprocess
import sys

import numpy as np
import torch
from _common import CLOCKS, Table, best_seconds, median, peak_bytes, print_header, timed
from _workloads import (
    BATCH_SIZE,
    CLIP,
    EMBEDDING_SIZE,
    HIDDEN_SIZE,
    LEARNING_RATE,
    Workload,
    draw_ids,
    draw_text_lengths,
    draw_waves,
    our_parameters,
)
from skorch import NeuralNetClassifier
from skorch.callbacks import GradientNormClipping
from torch import nn
from torch.nn.functional import cross_entropy, linear
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import Dataset

MEMORY_LIMIT = 2e9  # bytes
SECTIONS = ("words", "recordings", "tiny", "rate", "latency", "memory", "scaling")


# ---------------------------------------------------------------------------------------- data


def make_words(quick):
    """Texts as ids, mostly short, a few long."""
    rng = np.random.default_rng(0)
    n = 500 if quick else 5_000
    lengths = draw_text_lengths(n, rng)
    classes = rng.integers(0, 6, n)
    sequences = draw_ids(lengths, classes, 8_000, rng)
    return Workload("short words", sequences, classes, 8_000, epochs=1 if quick else 4)


def make_tiny(quick):
    """Very many sequences of a few ids."""
    rng = np.random.default_rng(1)
    n = 5_000 if quick else 50_000
    lengths = rng.integers(2, 11, n)
    classes = rng.integers(0, 6, n)
    sequences = draw_ids(lengths, classes, 100, rng)
    return Workload("many tiny sequences", sequences, classes, 100, epochs=1 if quick else 2)


def make_recordings(quick):
    """Noisy waves of six channels, of zero mean and unit variance; the class sets the period."""
    rng = np.random.default_rng(2)
    n = 16 if quick else 300
    classes = rng.integers(0, 4, n)
    sequences = draw_waves(rng.integers(300, 1_001, n), classes, rng)
    return Workload("long recordings", sequences, classes, None, epochs=1)


WORKLOADS = {"words": make_words, "recordings": make_recordings, "tiny": make_tiny}


# ------------------------------------------------------------------------- the usual skorch net


class RaggedDataset(Dataset):
    """One sequence and its class at a time."""

    def __init__(self, sequences, classes):
        self.sequences = sequences
        self.classes = classes

    def __len__(self):
        return len(self.sequences)

    def __getitem__(self, index):
        return torch.as_tensor(self.sequences[index]), int(self.classes[index])


def collate(samples):
    """Pad the sequences of a batch."""
    sequences, classes = zip(*samples, strict=True)
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    values = pad_sequence(sequences, batch_first=True)  # (batch, time[, channels])
    return {"values": values, "lengths": lengths}, torch.tensor(classes)


class PackedModule(nn.Module):
    """Embedding, packed LSTM both ways, last states, linear head."""

    def __init__(self, n_tokens, n_channels, hidden_size, n_classes):
        super().__init__()
        self.embedding = nn.Embedding(n_tokens, EMBEDDING_SIZE, padding_idx=0) if n_tokens else None
        width = EMBEDDING_SIZE if n_tokens else n_channels
        self.lstm = nn.LSTM(width, hidden_size, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden_size, n_classes)

    def states(self, values, lengths):
        """The state after the last step forwards and after the first step backwards."""
        steps = self.embedding(values) if self.embedding else values
        packed = pack_padded_sequence(steps, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        forwards, backwards = states.chunk(2, dim=-1)  # (batch, time, hidden) each
        rows = torch.arange(len(lengths))
        return torch.cat([forwards[rows, lengths - 1], backwards[:, 0]], dim=-1)

    def forward(self, values, lengths):
        return self.head(self.states(values, lengths))


class Usual:
    """skorch with a dataset, a collate function and a packing module."""

    def __init__(self, workload, hidden_size=HIDDEN_SIZE):
        torch.manual_seed(0)
        self.net = NeuralNetClassifier(
            PackedModule,
            module__n_tokens=workload.n_tokens,
            module__n_channels=workload.n_channels,
            module__hidden_size=hidden_size,
            module__n_classes=workload.n_classes,
            criterion=nn.CrossEntropyLoss,
            optimizer=torch.optim.AdamW,
            optimizer__weight_decay=0.0,
            lr=LEARNING_RATE,
            batch_size=BATCH_SIZE,
            max_epochs=workload.epochs,
            iterator_train__shuffle=True,
            iterator_train__collate_fn=collate,
            iterator_valid__collate_fn=collate,
            train_split=None,
            callbacks=[GradientNormClipping(CLIP)],
            verbose=0,
        )

    def fit(self, sequences, classes):
        self.net.fit(RaggedDataset(sequences, classes), y=None)

    def predict(self, sequences):
        return self.net.predict(RaggedDataset(sequences, np.zeros(len(sequences), dtype=int)))


# ---------------------------------------------------------------------------- the bare loop


class PaddedModule(nn.Module):
    """The same network on padded batches; the second LSTM reads each sequence from its end."""

    def __init__(self, n_tokens, n_channels, hidden_size, n_classes):
        super().__init__()
        self.embedding = nn.Embedding(n_tokens, EMBEDDING_SIZE, padding_idx=0) if n_tokens else None
        width = EMBEDDING_SIZE if n_tokens else n_channels
        self.forwards = nn.LSTM(width, hidden_size, batch_first=True)
        self.backwards = nn.LSTM(width, hidden_size, batch_first=True)
        self.head = nn.Linear(2 * hidden_size, n_classes)

    def states(self, values, flipped, lengths):
        """The state of either direction after the last real step it reads."""
        rows = torch.arange(len(lengths))
        last = []
        for lstm, steps in ((self.forwards, values), (self.backwards, flipped)):
            steps = self.embedding(steps) if self.embedding else steps
            last.append(lstm(steps)[0][rows, lengths - 1])  # (batch, hidden)
        return torch.cat(last, dim=-1)

    def forward(self, values, flipped, lengths):
        return self.head(self.states(values, flipped, lengths))

    def copy_from(self, packed):
        """Take over the weights of a `PackedModule`."""
        weights = packed.state_dict()
        for name, parameter in self.named_parameters():
            if name.startswith("forwards."):
                name = name.replace("forwards.", "lstm.")
            elif name.startswith("backwards."):
                name = name.replace("backwards.", "lstm.") + "_reverse"
            parameter.data.copy_(weights[name])


class FlatData:
    """All steps in one tensor; a batch is gathered at once, in both reading directions."""

    def __init__(self, sequences):
        self.values = torch.from_numpy(np.concatenate(sequences))
        lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))
        self.lengths = torch.from_numpy(lengths)
        self.starts = self.lengths.cumsum(0) - self.lengths

    def batch(self, rows):
        """Padded values, the same flipped within the lengths, and the lengths."""
        lengths, starts = self.lengths[rows], self.starts[rows, None]
        steps = torch.arange(int(lengths.max()))
        steps = steps.clamp(max=lengths[:, None] - 1)  # past the end: the last step once more
        flipped = starts + lengths[:, None] - 1 - steps
        return self.values[starts + steps], self.values[flipped], lengths


def bucketed_batches(lengths, batch_size, generator, batches_in_bucket=50):
    """Shuffled batches of like length: shuffle, sort within buckets, shuffle the batches."""
    order = torch.randperm(len(lengths), generator=generator)
    batches = []
    for bucket in order.split(batch_size * batches_in_bucket):
        batches.extend(bucket[lengths[bucket].argsort()].split(batch_size))
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


class Bare:
    """A careful torch loop, without a framework; the fused AdamW is the fastest on a CPU."""

    def __init__(self, workload, hidden_size=HIDDEN_SIZE):
        torch.manual_seed(0)
        self.epochs = workload.epochs
        self.generator = torch.Generator().manual_seed(0)
        self.module = PaddedModule(
            workload.n_tokens, workload.n_channels, hidden_size, workload.n_classes
        )

    def fit(self, sequences, classes):
        data, targets = FlatData(sequences), torch.from_numpy(classes)
        parameters = list(self.module.parameters())
        optimizer = torch.optim.AdamW(parameters, LEARNING_RATE, weight_decay=0.0, fused=True)
        self.module.train()
        for _ in range(self.epochs):
            for rows in bucketed_batches(data.lengths, BATCH_SIZE, self.generator):
                optimizer.zero_grad()
                cross_entropy(self.module(*data.batch(rows)), targets[rows]).backward()
                nn.utils.clip_grad_norm_(parameters, CLIP, foreach=True)
                optimizer.step()

    @torch.inference_mode()
    def predict(self, sequences):
        data = FlatData(sequences)
        self.module.eval()
        predicted = torch.empty(len(sequences), dtype=torch.int64)
        for rows in data.lengths.argsort().split(BATCH_SIZE):
            predicted[rows] = self.module(*data.batch(rows)).argmax(dim=1)
        return predicted.numpy()


# ------------------------------------------------------------------------------------- ours


class Ours:
    """`sklearn_rnn.RNNClassifier`."""

    def __init__(self, workload, hidden_size=HIDDEN_SIZE):
        from sklearn_rnn import RNNClassifier

        self.model = RNNClassifier(**our_parameters(workload, hidden_size=hidden_size))

    def fit(self, sequences, classes):
        self.model.fit(sequences, classes)

    def predict(self, sequences):
        return self.model.predict(sequences)


def have_ours():
    """Whether the library can be imported."""
    try:
        from sklearn_rnn import RNNClassifier  # noqa: F401
    except ImportError as error:
        print(f"sklearn_rnn is left out: {error}\n", flush=True)
        return False
    return True


# ----------------------------------------------------------------------------------- checks


def greatest_difference(n_tokens, n_channels):
    """Greatest difference of the packed and the flipped states, on the same weights."""
    rng = np.random.default_rng(3)
    lengths = rng.integers(1, 40, 30)
    if n_tokens:
        sequences = [rng.integers(2, n_tokens, length) for length in lengths]
    else:
        sequences = [rng.normal(size=(k, n_channels)).astype(np.float32) for k in lengths]
    packed = PackedModule(n_tokens, n_channels, HIDDEN_SIZE, 6)
    padded = PaddedModule(n_tokens, n_channels, HIDDEN_SIZE, 6)
    padded.copy_from(packed)
    batch, _ = collate([(torch.as_tensor(sequence), 0) for sequence in sequences])
    with torch.no_grad():
        expected = packed.states(**batch)
        got = padded.states(*FlatData(sequences).batch(torch.arange(30)))
    return float((expected - got).abs().max())


def check_same_states():
    """Stop unless the two written-out programs compute the same states."""
    difference = max(greatest_difference(50, None), greatest_difference(None, 6))
    if difference > 1e-5:
        raise AssertionError(f"packed and flipped states differ by {difference:.1e}")
    print(f"Packed and flipped states agree; they differ by at most {difference:.1e}.\n")


# ------------------------------------------------------------------------------- the tables


def time_once(program, workload, clock, hidden_size=HIDDEN_SIZE):
    """Seconds to fit, seconds to predict, and the accuracy on the data of the fit."""
    model = program(workload, hidden_size)
    _, fit_seconds = timed(model.fit, workload.sequences, workload.classes, clock=clock)
    predicted, predict_seconds = timed(model.predict, workload.sequences, clock=clock)
    return fit_seconds, predict_seconds, float(np.mean(predicted == workload.classes))


def warm_up(programs):
    """Fit everything once: the first fit of a process pays for imports and first kernels."""
    workload = make_words(quick=True)
    for program in programs.values():
        model = program(workload)
        model.fit(workload.sequences, workload.classes)
        model.predict(workload.sequences)


def time_in_turns(programs, workload, options):
    """Medians over the repeats; the programs take turns so that a slow minute hits all."""
    runs = {name: [] for name in programs}
    for _ in range(options.repeats):
        for name, program in programs.items():
            if not runs[name] or runs[name][0][0] < options.patience:
                runs[name].append(time_once(program, workload, options.clock))
    return {name: [median(column) for column in zip(*runs[name], strict=True)] for name in runs}


def ratios_to(medians, column, value):
    """The value over that of the usual and of the bare program, where they took part."""
    others = [medians.get(name) for name in ("usual", "bare")]
    return [f"{value / other[column]:.2f}" if other else "-" for other in others]


def speed_table(names, programs, options):
    """Seconds of every program on every workload, and their ratios."""
    table = Table(
        "workload", "program", "fit s", "epochs", "of usual", "of bare",
        "predict s", "of usual", "of bare", "accuracy on the fit's data",
    )  # fmt: skip
    for name in names:
        workload = WORKLOADS[name](options.quick)
        medians = time_in_turns(programs, workload, options)
        for program, (fit, predict, accuracy) in medians.items():
            table.row(
                workload.title, program,
                f"{fit:.2f}", workload.epochs, *ratios_to(medians, 0, fit),
                f"{predict:.3f}", *ratios_to(medians, 1, predict), f"{accuracy:.3f}",
            )  # fmt: skip
    print("\nAims for ours: fit in at most 0.33 of usual and 1.10 of bare; predict in at most")
    print("0.50 of usual.\n", flush=True)


def multiply_adds(workload, hidden_size):
    """Multiply-adds of one fit's LSTM on real steps: both ways, backward twice the forward."""
    a_step = 4 * hidden_size * (workload.input_size + hidden_size)
    return workload.n_steps * workload.epochs * a_step * 2 * 3


def product_rate(rows, inner, columns, as_onednn=False):
    """Billions of multiply-adds a second of one matrix product, the best of many."""
    left, right = torch.rand(rows, inner), torch.rand(inner, columns)
    calls = max(1, int(5e8 / (rows * inner * columns)))
    if as_onednn:
        left, right, product = left.to_mkldnn(), right.T.contiguous().to_mkldnn(), linear
    else:
        product = torch.mm

    def repeat():
        for _ in range(calls):
            product(left, right)

    return calls * rows * inner * columns / best_seconds(repeat) / 1e9


def rate_table(names, programs, options):
    """Useful multiply-adds a second, over rates of the matrix product on the same threads."""
    large = product_rate(1024, 1024, 1024)
    onednn = product_rate(1024, 1024, 1024, True) if torch.backends.mkldnn.is_available() else None
    print(f"torch.mm of 1024^3: {large:.1f} G multiply-adds/s.", end=" ")
    if onednn:
        print(f"The same product by oneDNN, which also runs torch's LSTM: {onednn:.1f}.", end=" ")
    print("\nOnly the LSTM's arithmetic on real steps counts, over the time of the whole fit.\n")
    programs = {name: value for name, value in programs.items() if name != "usual"}
    table = Table(
        "workload", "hidden", "program", "fit s", "G multiply-adds/s", "of mm 1024^3",
        "of the batch's mm", "of oneDNN 1024^3",
    )  # fmt: skip
    for name in names:
        workload = WORKLOADS[name](options.quick)
        for hidden_size in (128, 256):
            small = product_rate(BATCH_SIZE, hidden_size, 4 * hidden_size)
            for label, program in programs.items():
                runs = [
                    time_once(program, workload, options.clock, hidden_size)[0]
                    for _ in range(options.repeats)
                ]
                rate = multiply_adds(workload, hidden_size) / median(runs) / 1e9
                table.row(
                    workload.title, hidden_size, label, f"{median(runs):.2f}", f"{rate:.1f}",
                    *(f"{rate / other:.0%}" if other else "-" for other in (large, small, onednn)),
                )  # fmt: skip
    print("\nAim for ours: at least 60 %.\n", flush=True)


def latency_of(model, sample, calls):
    """Median milliseconds to predict one sequence."""
    for _ in range(5):
        model.predict(sample)
    return 1e3 * median(timed(model.predict, sample)[1] for _ in range(calls))


def latency_table(programs, options):
    """Milliseconds to predict one short sequence."""
    workload = make_words(quick=True)
    short = next(sequence for sequence in workload.sequences if len(sequence) == 10)
    calls = 20 if options.quick else 200
    table = Table("one sequence of 10 steps", "program", f"median of {calls} calls, ms")
    for name, program in programs.items():
        model = program(workload)
        model.fit(workload.sequences, workload.classes)
        table.row("ids", name, f"{latency_of(model, [short], calls):.2f}")
    if "ours" in programs:
        from sklearn_rnn import RNNClassifier

        texts = [" ".join(f"w{token}" for token in sequence) for sequence in workload.sequences]
        parameters = our_parameters(workload)
        parameters.pop("n_tokens")
        model = RNNClassifier(**parameters).fit(texts, workload.classes)
        text = [" ".join(f"w{token}" for token in short)]
        table.row("text", "ours", f"{latency_of(model, text, calls):.2f}")
    print("\nAim for ours: at most 1 ms.\n", flush=True)


# ------------------------------------------------------------- memory and growth, in children


def run_child(n_sequences, clock):
    """Fit one epoch on many sequences of 20 ids; print seconds and bytes as JSON."""
    from sklearn_rnn import RNNClassifier, Sequences

    rng = np.random.default_rng(4)
    values = rng.integers(2, 1_000, n_sequences * 20, dtype=np.int32)
    data = Sequences(values=values, offsets=np.arange(n_sequences + 1, dtype=np.int64) * 20)
    classes = values[::20] % 4
    workload = Workload("", [], classes, 1_000, epochs=1)
    model = RNNClassifier(**our_parameters(workload, hidden_size=32, batch_size=512))
    model.fit(data[:1_000], classes[:1_000])  # the first fit of a process pays for imports
    before = peak_bytes()
    _, seconds = timed(model.fit, data, classes, clock=clock)
    bytes_of_data = data.values.nbytes + data.offsets.nbytes
    print(json.dumps({"seconds": seconds, "before": before, "peak": peak_bytes(),
                      "data": bytes_of_data}))  # fmt: skip


def child_result(n_sequences, options):
    """What a fresh process that fits on ``n_sequences`` reports."""
    command = [sys.executable, __file__, "--child", str(n_sequences), "--clock", options.clock]
    command += ["--threads", str(options.threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def memory_table(options):
    """Peak resident size of a process that fits one epoch on a million sequences."""
    n = 50_000 if options.quick else 1_000_000
    result = child_result(n, options)
    table = Table("sequences of 20 ids", "data MB", "before fit MB", "peak MB", "epoch s", "aim")
    megabytes = (f"{result[key] / 1e6:.0f}" for key in ("data", "before", "peak"))
    verdict = "met" if result["peak"] <= MEMORY_LIMIT else "missed"
    table.row(
        n, *megabytes, f"{result['seconds']:.1f}", f"<= {MEMORY_LIMIT / 1e6:.0f} MB: {verdict}"
    )
    print(flush=True)


def scaling_table(options):
    """How an epoch, and what it takes of memory, grow as the sequences grow ten times and more."""
    sizes = [1_000, 10_000, 100_000] if options.quick else [10_000, 100_000, 1_000_000]
    runs = {size: [] for size in sizes}
    for _ in range(options.repeats):
        for size in sizes:
            runs[size].append(child_result(size, options))
    # Each process has fitted on 1 000 sequences before, so what a batch takes is not in the last.
    table = Table(
        "sequences of 20 ids", "epoch s", "of ten times as few", "aim", "data MB",
        "above a fit on 1 000 MB",
    )  # fmt: skip
    before = None
    for size, results in runs.items():
        seconds = median(result["seconds"] for result in results)
        data = results[0]["data"]
        peak = median(result["peak"] - result["before"] for result in results)
        ratio = "-" if before is None else f"{seconds / before:.2f}"
        table.row(
            size, f"{seconds:.2f}", ratio, "9 to 11", f"{data / 1e6:.0f}", f"{peak / 1e6:.0f}"
        )
        before = seconds
    print(flush=True)


# ------------------------------------------------------------------------------ command line


def parse_options():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=1, help="torch threads (1)")
    parser.add_argument("--repeats", type=int, help="runs of each program (3; 1 with --quick)")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, metavar="SECTION",
                        help=f"some of {', '.join(SECTIONS)}")  # fmt: skip
    parser.add_argument("--without", nargs="+", default=[], choices=("usual", "bare", "ours"))
    parser.add_argument("--scaling", action="store_true", help="also the growth with n (minutes)")
    parser.add_argument("--clock", choices=CLOCKS, default="wall",
                        help="wall, or cpu: steadier where the cores are shared")  # fmt: skip
    parser.add_argument("--patience", type=float, default=60,
                        help="seconds above which a fit is not repeated (60)")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, one epoch")
    parser.add_argument("--child", type=int, metavar="N", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.repeats = options.repeats or (1 if options.quick else 3)
    return options


def chosen_programs(options, ours):
    """The programs to time, by name."""
    programs = {"usual": Usual, "bare": Bare} | ({"ours": Ours} if ours else {})
    return {name: value for name, value in programs.items() if name not in options.without}


def main():
    options = parse_options()
    torch.set_num_threads(options.threads)
    if options.child:
        run_child(options.child, options.clock)
        return
    print_header("Training and prediction speed", options.threads)
    check_same_states()
    ours = have_ours()
    programs = chosen_programs(options, ours)
    warm_up(programs)
    sections = options.only or [name for name in SECTIONS if name != "scaling" or options.scaling]
    workloads = [name for name in WORKLOADS if name in sections]
    if workloads:
        speed_table(workloads, programs, options)
    if "rate" in sections:
        rate_table(workloads or ["words"], programs, options)
    if "latency" in sections:
        latency_table(programs, options)
    if "memory" in sections and ours:
        memory_table(options)
    if "scaling" in sections and ours:
        scaling_table(options)


if __name__ == "__main__":
    main()

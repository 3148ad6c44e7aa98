"""Time one layer of every named cell, in training and at prediction, beside that of torch's LSTM.

Training is a pass forward and backward, with the gradient of the steps; prediction is a pass
without gradients. All cells take turns, and each figure is the median of its turns::

    python benchmarks/bench_cells.py
    python benchmarks/bench_cells.py --lengths 50 --cells lstm slstm --clock wall
    python benchmarks/bench_cells.py --device cuda --hidden 512
"""

import argparse

import torch
from _common import CLOCKS, Table, median, print_header, timed

from sklearn_rnn.nn import CELLS, RecurrentStack

PRECISIONS = ("float32", "bfloat16")


def make_passes(cell, length, arguments):
    """Two functions: a pass of training, and one of prediction."""
    generator = torch.Generator().manual_seed(0)
    stack = RecurrentStack(arguments.features, arguments.hidden, cell=cell, generator=generator)
    stack = stack.to(arguments.device)
    shape = arguments.batch, length, arguments.features
    steps = torch.randn(shape, generator=generator).to(arguments.device).requires_grad_()
    half = torch.autocast(
        torch.device(arguments.device).type,
        dtype=torch.bfloat16,
        enabled=arguments.precision == "bfloat16",
    )

    def train():
        with half:
            states = stack(steps, None)
        states.float().square().mean().backward()
        steps.grad = None
        stack.zero_grad()
        wait(arguments.device)

    @torch.no_grad()
    def predict():
        with half:
            stack(steps, None)
        wait(arguments.device)

    return train, predict


def wait(device):
    """Let a GPU finish what it was given."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def measure(passes, repeats, clock):
    """The median seconds of each cell's passes; they take turns."""
    seconds = {cell: [[] for _ in pair] for cell, pair in passes.items()}
    for turn in range(repeats + 1):
        for cell, pair in passes.items():
            for i, run in enumerate(pair):
                took = timed(run, clock=clock)[1]
                if turn:  # the first turn warms up
                    seconds[cell][i].append(took)
    return {cell: [median(part) for part in pair] for cell, pair in seconds.items()}


def main():
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", nargs="+", default=list(CELLS), choices=list(CELLS))
    parser.add_argument("--lengths", nargs="+", type=int, default=[50, 500])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--features", type=int, default=128)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", choices=PRECISIONS)
    parser.add_argument("--clock", default="cpu", choices=list(CLOCKS))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print_header("Cells", arguments.threads)
    sizes = f"{arguments.batch} sequences, {arguments.features} features, {arguments.hidden} units"
    print(f"{sizes}, {arguments.precision}, {arguments.device}, {arguments.clock} time\n")
    cells = ["lstm", *(cell for cell in arguments.cells if cell != "lstm")]
    table = Table("steps", "cell", "training, ms", "beside lstm", "prediction, ms", "beside lstm")
    for length in arguments.lengths:
        passes = {cell: make_passes(cell, length, arguments) for cell in cells}
        seconds = measure(passes, arguments.repeats, arguments.clock)
        for cell in cells:
            ratios = [own / lstm for own, lstm in zip(seconds[cell], seconds["lstm"], strict=True)]
            train, predict = (f"{1000 * part:.1f}" for part in seconds[cell])
            table.row(length, cell, train, f"{ratios[0]:.2f}", predict, f"{ratios[1]:.2f}")


if __name__ == "__main__":
    main()

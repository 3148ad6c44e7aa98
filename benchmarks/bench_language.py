"""Loss and speed of ``RNNLanguageModel()`` beside counts of n-grams and a loop in plain torch.

Plain defaults: the characters of tiny Shakespeare (the first nine tenths to train on, the rest
held out), the words of the English half of Multi30k, and those of UD English-EWT (their own splits;
a word that comes once is unknown). Losses are nats a token, ends of texts among them, each text
from its own beginning::

    python benchmarks/bench_language.py --data ../shared/data
    python benchmarks/bench_language.py --only characters --minutes 10 --set precision=bfloat16
    python benchmarks/bench_language.py --speed --share 0.2 --clock cpu

``--minutes`` sets the number of epochs by the time that the first one takes. ``--speed`` trains
ours and a bare loop of the same sizes in turns, an epoch each, and prints the tokens that each
reads in a second; where ours has an adaptive softmax, which the bare loop never has, once more with
a plain one. Reading the text is no part of our epoch, as it comes once before the first. On a
machine that is busy, ``--clock cpu`` tells more.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import torch
from _common import CLOCKS, Table, median, parse_setting, print_header, timed
from _language_rivals import END, BareLoop, NGramCounts
from skorch.callbacks import Callback

SOURCES = {
    "text/tinyshakespeare": "https://github.com/karpathy/char-rnn/tree/master/data/tinyshakespeare",
    "translation/multi30k": "https://github.com/multi30k/dataset",
    "tagging/ud_english_ewt": "https://github.com/UniversalDependencies/UD_English-EWT",
}
QUICK = 0.05  # of the text


class Task(NamedTuple):
    """Texts to train on and held out, and how they are split into tokens."""

    title: str
    train: list
    held_out: list
    encoder: object
    orders: tuple
    aim: str


def characters(data):
    """The characters of one long text."""
    from sklearn_rnn.preprocessing import TokenEncoder

    text = (data / "text/tinyshakespeare/input.txt").read_text(encoding="utf-8")
    cut = int(0.9 * len(text))
    encoder = TokenEncoder("char", lowercase=False)
    title = "tiny Shakespeare, characters"
    return Task(title, [text[:cut]], [text[cut:]], encoder, (1, 6), "<= 1.70")


def words(data):
    """The words of many sentences."""
    from sklearn_rnn.preprocessing import TokenEncoder

    folder = data / "translation/multi30k"
    train, held_out = (
        next(folder.glob(f"{part}*.en")).read_text(encoding="utf-8").splitlines()
        for part in ("train", "val")
    )
    encoder = TokenEncoder("word", min_count=2)
    return Task("Multi30k English, words", train, held_out, encoder, (1, 2, 3, 4), "-")


def web_words(data):
    """The words of weblogs, newsgroups, mails, reviews and answers, split by hand."""
    from sklearn_rnn.datasets import read_conllu
    from sklearn_rnn.preprocessing import TokenEncoder

    folder = data / "tagging/ud_english_ewt"
    train, held_out = (
        read_conllu(next(folder.glob(f"*{part}*.conllu")))[0] for part in ("train", "dev")
    )
    encoder = TokenEncoder(min_count=2)
    return Task("UD English-EWT, words", train, held_out, encoder, (1, 2, 3), "-")


TASKS = {"characters": characters, "words": words, "web words": web_words}


def shorten(task, share):
    """A part of the training texts."""
    if len(task.train) > 1:
        return task._replace(train=task.train[: int(share * len(task.train))])
    (text,) = task.train
    return task._replace(train=[text[: int(share * len(text))]])


def ours(task, options):
    """A language model with defaults, but for what ``--set`` says."""
    from sklearn_rnn import RNNLanguageModel

    return RNNLanguageModel(
        **({"encoder": task.encoder, "random_state": 0} | dict(options.parameters))
    )


# ---------------------------------------------------------------------------------------- losses


def print_losses(tasks, options):
    """The table of losses on what is held out."""
    table = Table(
        "task", "tokens to train on", "model", "loss", "perplexity", "fit s", "epochs",
        "tokens / s", "aim",
    )  # fmt: skip
    for task in tasks:
        encoder = task.encoder.fit(task.train)
        train, held_out = encoder.transform(task.train), encoder.transform(task.held_out)
        n_tokens = len(train.values) + len(train)
        for order in task.orders:
            counts = NGramCounts(order, len(encoder.vocabulary_))
            _, seconds = timed(counts.fit, train)
            title = "single tokens, counted" if order == 1 else f"{order}-grams, counted"
            row(table, task, n_tokens, title, counts.loss(held_out), seconds)
        model, seconds = fit_ours(task, options)
        loss = -model.score(task.held_out)
        row(table, task, n_tokens, "RNNLanguageModel", loss, seconds, model.n_iter_)
    print("\nLosses are nats a token. Tokens a second are those of training, over all epochs.")


def row(table, task, n_tokens, title, loss, seconds, n_epochs=1):
    """Print one row."""
    perplexity = float(torch.tensor(loss).exp())
    table.row(
        task.title, n_tokens, title, f"{loss:.3f}", f"{perplexity:.2f}", f"{seconds:.1f}", n_epochs,
        f"{n_epochs * n_tokens / seconds:.0f}", task.aim if title == "RNNLanguageModel" else "-",
    )  # fmt: skip


def fit_ours(task, options):
    """Fit, in so many epochs as the minutes allow if any are given; the first one counts too."""
    model, spent = ours(task, options), 0.0
    if options.minutes is not None:
        _, spent = timed(ours(task, options).partial_fit, task.train)
        model.set_params(max_epochs=max(1, int(60 * options.minutes / spent) - 1))
    _, seconds = timed(model.fit, task.train)
    return model, seconds + spent


# ----------------------------------------------------------------------------------------- speed


class EpochClock(Callback):
    """Measure the seconds of each epoch; they stand in ``seconds``. It is never copied."""

    def __init__(self, clock, seconds):
        self.clock, self.seconds = clock, seconds

    def __sklearn_clone__(self):
        return self

    def on_epoch_begin(self, net, **kwargs):
        self.start_ = CLOCKS[self.clock]()

    def on_epoch_end(self, net, **kwargs):
        self.seconds.append(CLOCKS[self.clock]() - self.start_)


def print_speed(tasks, options):
    """The table of tokens a second, the two programs taking turns."""
    table = Table(
        "task", "tokens", "distinct", "softmax", "RNNLanguageModel", "bare loop", "share of it"
    )
    for task in tasks:
        model = ours(task, options)
        cutoffs = compare_speed(table, task, model, options)
        if cutoffs is not None:
            compare_speed(table, task, model.set_params(cutoffs=None), options)
    print(f"\nTokens a second of training, medians of {options.repeats} epochs taken in turns.")


def compare_speed(table, task, model, options):
    """Print one row, and give the cutoffs of the adaptive softmax, if it was one."""
    clock = EpochClock(options.clock, [])
    model = model.set_params(callbacks=[clock])
    model = type(model)(**model.get_params(deep=False)).partial_fit(task.train)
    ids = [END]
    for text in model.encoder_.transform(task.train):
        ids += [*text.tolist(), END]
    loop, rates = BareLoop(ids, model), []
    loop.train_epoch()
    for _ in range(options.repeats):
        model.partial_fit(task.train)
        _, seconds = timed(loop.train_epoch, clock=options.clock)
        rates.append([len(ids) / clock.seconds[-1], len(ids) / seconds])
    mine, theirs = (median(column) for column in zip(*rates, strict=True))
    share = median([a / b for a, b in rates])
    softmax = "plain" if model.cutoffs_ is None else "adaptive"
    table.row(
        task.title, len(ids), len(model.classes_), softmax, f"{mine:.0f}", f"{theirs:.0f}",
        f"{share:.2f}",
    )  # fmt: skip
    return model.cutoffs_


def parse_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=TASKS, action="append")
    parser.add_argument("--minutes", type=float, help="to fit for, about")
    parser.add_argument("--speed", action="store_true", help="compare with a bare loop")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="what times --speed")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--share", type=float, default=1.0, help="of the text to train on")
    parser.add_argument("--quick", action="store_true", help=f"only {QUICK:.0%}% of the text")
    parser.add_argument(
        "--set", dest="parameters", type=parse_setting, action="append", default=[],
        metavar="KEY=VALUE", help="a parameter of RNNLanguageModel",
    )  # fmt: skip
    return parser.parse_args()


def read_tasks(options):
    """The tasks that were asked for; data that is missing ends the program with its source."""
    tasks = []
    for name in options.only or TASKS:
        try:
            tasks.append(TASKS[name](options.data))
        except (FileNotFoundError, StopIteration):
            sources = "\n".join(f"  {path}: {url}" for path, url in SOURCES.items())
            raise SystemExit(f"no data for {name} in {options.data}; it is there:\n{sources}")  # noqa: B904
    return [shorten(task, QUICK if options.quick else options.share) for task in tasks]


def main():
    """Print what was asked for."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    print_header("Language models", options.threads)
    tasks = read_tasks(options)
    (print_speed if options.speed else print_losses)(tasks, options)


if __name__ == "__main__":
    main()

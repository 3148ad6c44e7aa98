"""What ``RNNSeq2Seq`` learns: translations, digits backwards, dates in words to ISO dates.

Multi30k, English to German, lower-cased, its own split; a word that comes once is unknown. BLEU is
printed of texts, split as sacrebleu does ("13a"), and of our own tokens as they are::

    python benchmarks/bench_seq2seq.py --data ../shared/data
    python benchmarks/bench_seq2seq.py --only digits dates
    python benchmarks/bench_seq2seq.py --only translation --set max_epochs=12 --save m30k.model
    python benchmarks/bench_seq2seq.py --only translation --load m30k.model
    python benchmarks/bench_seq2seq.py --only translation --subwords 4000

``--subwords`` splits words by byte pair encoding, learned here, which leaves few tokens unknown;
such a model holds a function and cannot be saved. Each epoch is printed with its losses and
seconds. ``--load`` takes a model of an earlier call, to time the search alone, or, with
``--set max_epochs=5``, to train it further. On a machine that is busy, ``--clock cpu`` tells more
of the search.
"""

import argparse
import time
from pathlib import Path

import torch
from _byte_pairs import BytePairs
from _common import CLOCKS, Table, parse_setting, print_header, timed
from _seq2seq_tasks import date_pairs, digit_pairs

SOURCE = "https://github.com/multi30k/dataset"
TASKS = ("digits", "dates", "translation")
QUICK = 0.05  # of the pairs
BEAMS = (1, 5, 10)
PENALTIES = (0.0, 0.6, 1.0)


def read_pairs(data, part):
    """English and German sentences, lower-cased."""
    folder = data / "translation/multi30k"
    return [
        next(folder.glob(f"{part}*.{language}")).read_text(encoding="utf-8").lower().splitlines()
        for language in ("en", "de")
    ]


# ------------------------------------------------------------------------------- made-up pairs


def print_exact(options):
    """The table of what is right or wrong as a whole."""
    from sklearn_rnn import RNNSeq2Seq
    from sklearn_rnn.metrics import exact_match_score
    from sklearn_rnn.preprocessing import TokenEncoder

    table = Table("task", "pairs", "exact", "greedy", "fit s", "epochs", "aim")
    signs = {name: TokenEncoder("char") for name in ("encoder", "target_encoder")}
    for name, make, aim in (("digits", digit_pairs, 0.99), ("dates", date_pairs, 0.995)):
        if name not in options.only:
            continue
        n = int(10_000 * (QUICK if options.quick else 1))
        X, y = make(n, seed=0)
        X_test, y_test = make(2000, seed=1)
        model = RNNSeq2Seq(**signs | {"random_state": 0} | dict(options.parameters))
        _, seconds = timed(model.fit, X, y)
        found = [exact_match_score(y_test, model.predict(X_test))]
        found.append(exact_match_score(y_test, model.set_params(beam_size=1).predict(X_test)))
        table.row(
            name, n, *(f"{share:.4f}" for share in found), f"{seconds:.1f}", model.n_iter_, aim
        )


# --------------------------------------------------------------------------------- translation


def translate(options):
    """Fit on Multi30k, and print the tables of BLEU and of speed."""
    from sklearn_rnn import load

    X, y = read_pairs(options.data, "train")
    held_out = read_pairs(options.data, "val")
    if options.quick:
        n = int(QUICK * len(X))
        X, y = X[:n], y[:n]
    model = load(options.load) if options.load else make_translator(options, X, y)
    if options.load and options.parameters:
        model.set_params(warm_start=True, **dict(options.parameters))
    if options.parameters or not options.load:
        cpu = time.process_time()
        _, seconds = timed(lambda: model.fit(X, y, *held_out))
        cpu = time.process_time() - cpu
        print(f"\nfit: {seconds:.0f} s, of which {cpu:.0f} s on the processor; {model}")
    if options.save:
        model.save(options.save)
    print_bleu(model, *held_out, options.clock)


def make_translator(options, X, y):
    """A model with defaults, but for the vocabularies and what ``--set`` says."""
    from sklearn_rnn import RNNSeq2Seq
    from sklearn_rnn.preprocessing import TokenEncoder

    parameters = {"random_state": 0, "verbose": 2}
    for name, texts in (("encoder", X), ("target_encoder", y)):
        analyzer = BytePairs(texts, options.subwords) if options.subwords else "word"
        parameters[name] = TokenEncoder(analyzer, min_count=2)
    if options.subwords:
        parameters["join"] = BytePairs.join
    return RNNSeq2Seq(**parameters | dict(options.parameters))


def print_bleu(model, X, y, clock):
    """BLEU and sentences a second, by the width of the beam."""
    from sklearn_rnn.metrics import bleu_score

    whole = split_words(y)
    print()
    table = Table("beam", "length penalty", "BLEU (13a)", "BLEU (tokens)", "sentences / s", "aim")
    for beam_size in BEAMS:
        for penalty in PENALTIES if beam_size > 1 else (0.0,):
            model.set_params(beam_size=beam_size, length_penalty=penalty)
            found, seconds = timed(model.predict, X, clock=clock)
            table.row(
                beam_size, penalty, f"{bleu_score(y, list(found)):.2f}",
                f"{bleu_score(whole, split_words(found)):.2f}", f"{len(X) / seconds:.0f}",
                "33, 100 / s" if beam_size == 5 else "-",
            )  # fmt: skip
    for text, translation in list(zip(X, found, strict=True))[:3]:
        print(f"\n- {text}\n- {translation}")


def split_words(texts):
    """The tokens of each text."""
    from sklearn_rnn.preprocessing import WordTokenizer

    return list(WordTokenizer().transform(list(texts)))


def main():
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", nargs="+", choices=TASKS, default=TASKS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the pairs")
    parser.add_argument("--subwords", type=int, help="merges of byte pairs, instead of words")
    parser.add_argument("--save", type=Path, help="where the translator is saved")
    parser.add_argument("--load", type=Path, help="a translator to take instead of a new one")
    parser.add_argument(
        "--set", dest="parameters", type=parse_setting, action="append", default=[],
        metavar="NAME=VALUE", help="a parameter of the estimator",
    )  # fmt: skip
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print_header("Sequences to sequences", options.threads)
    if {"digits", "dates"} & set(options.only):
        print_exact(options)
    if "translation" in options.only:
        if not (options.data / "translation/multi30k").is_dir():
            parser.error(f"no Multi30k in {options.data}; it is at {SOURCE}")
        translate(options)


if __name__ == "__main__":
    main()

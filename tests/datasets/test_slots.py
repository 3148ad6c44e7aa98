"""Reader and writer of slot folders, held against the utterances that the files came from."""

import gzip

import numpy as np
import pytest

from sklearn_rnn.datasets import read_slots, write_slots

X = [["play", "caf\u00e9\u00a0jazz"], ["\ufeffrain\u2028", "to\x85day", "?"]]
Y = [["O", "B-genre"], ["B-weather", "B-day", "O"]]
INTENTS = ["PlayMusic", "GetWeather"]


@pytest.fixture
def folder(tmp_path):
    """Write texts to the files of a folder."""

    def write(words="a b\nc\n", slots="X Y\nZ\n", label=None):
        (tmp_path / "seq.in").write_bytes(words.encode())
        (tmp_path / "seq.out").write_bytes(slots.encode())
        if label is not None:
            (tmp_path / "label").write_bytes(label.encode())
        return tmp_path

    return write


# What is read


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "marked"])
@pytest.mark.parametrize("last", [0, 1, 3])
def test_layout_changes_nothing(folder, end, mark, last):
    words = mark + f"add  this {end} \tstep\tto{end}me" + end * last
    slots = mark + f"O O {end}O O{end}B-who" + end * (3 - last)
    path = folder(words, slots, f" A {end}B{end}A")
    expected = [["add", "this"], ["step", "to"], ["me"]], [["O", "O"], ["O", "O"], ["B-who"]]
    assert read_slots(path) == expected
    *sentences, intents = read_slots(str(path), return_intents=True)
    assert tuple(sentences) == expected
    assert isinstance(intents, np.ndarray)
    assert intents.tolist() == ["A", "B", "A"]


def test_only_spaces_and_tabs_separate(folder):
    word = "10\u00a0000\u2003\u2028\x85\x0b\x0c"
    assert read_slots(folder(f"{word} b\n", "X Y\n")) == ([[word, "b"]], [["X", "Y"]])


def test_a_packed_file_stands_in_for_a_plain_one(folder):
    path = folder()
    (path / "seq.in.gz").write_bytes(gzip.compress((path / "seq.in").read_bytes()))
    (path / "seq.in").unlink()
    assert read_slots(path) == ([["a", "b"], ["c"]], [["X", "Y"], ["Z"]])


# What is refused


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"slots": "X Y\nZ Z\n"}, r"seq\.out, line 2: expected 1 labels, .* seq\.in, but got 2"),
        ({"words": "a\u00a0b\nc\n"}, r"seq\.out, line 1: expected 1 labels, .* but got 2"),
        ({"slots": "X Y\n"}, r"seq\.out, line 2: expected 2 lines, as seq\.in has, but got 1"),
        ({"slots": "X Y\nZ\nZ\n"}, r"seq\.out, line 3: expected 2 lines"),
        ({"words": "a b\n \nc\n", "slots": "X Y\n\nZ"}, r"seq\.in, line 2: .* the line is blank"),
        ({"slots": "X Y\n\nZ"}, r"seq\.out, line 2: .* the line is blank"),
        ({"words": "\n\n"}, r"seq\.in: expected at least one line"),
        ({"label": "A\n"}, r"label, line 2: expected 2 lines"),
    ],
)
def test_an_error_names_file_and_line(folder, files, message):
    with pytest.raises(ValueError, match=message):
        read_slots(folder(**files), return_intents=True)


def test_invalid_utf8_is_placed_by_line_and_byte(folder):
    path = folder()
    (path / "seq.out").write_bytes(b"X Y\n\xff\n")
    with pytest.raises(ValueError, match=r"seq\.out, line 2: .* byte 4 of the file is 0xff"):
        read_slots(path)


def test_a_missing_file_is_named(folder):
    with pytest.raises(FileNotFoundError, match="label"):
        read_slots(folder(), return_intents=True)


# What is written


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_written_is_read_back(tmp_path, order):
    sentences = X[::order], Y[::order]
    write_slots(tmp_path / "new" / "folder", *sentences, intents=np.array(INTENTS[::order]))
    *got, intents = read_slots(tmp_path / "new" / "folder", return_intents=True)
    assert tuple(got) == sentences
    assert intents.tolist() == INTENTS[::order]


def test_without_intents_there_is_no_file_of_them(tmp_path):
    write_slots(str(tmp_path), X, Y)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seq.in", "seq.out"]
    assert read_slots(tmp_path) == (X, Y)


@pytest.mark.parametrize("word", ["New York", "a\tb", "a\n", "\r", ""])
@pytest.mark.parametrize("place", ["word", "label", "intent"])
def test_what_would_not_read_back_is_refused_and_nothing_is_written(tmp_path, word, place):
    cells = {"word": "a", "label": "X", "intent": "I"} | {place: word}
    with pytest.raises(ValueError, match=f"sentence 1.*{place}"):
        write_slots(
            tmp_path / "new",
            [["a"], [cells["word"]]],
            [["X"], [cells["label"]]],
            intents=["I", cells["intent"]],
        )
    assert not (tmp_path / "new").exists()


def test_intents_are_one_for_each_sentence(tmp_path):
    with pytest.raises(ValueError, match="X has 2 sentences, but intents has 1 entries"):
        write_slots(tmp_path, X, Y, intents=["A"])
    with pytest.raises(ValueError, match="sentence 1 has 3 words, but 2 labels"):
        write_slots(tmp_path, X, [Y[0], Y[0]])

"""Reader and writer of CoNLL columns, held against the sentences that the files came from."""

import gzip

import numpy as np
import pytest

from sklearn_rnn.datasets import read_conll, write_conll

# What looks like a separator to str.split or str.splitlines, but is none here.
ODD = "\u00a0\u2003\u2028\u3000\x85\x0b\x0c\x1c"
X = [["EU", f"a{ODD}b", "#"], ["\ufeff", "d'été"]]
Y = [["B-ORG", "O", "I-ORG"], ["O", f"B-{ODD}"]]


@pytest.fixture
def read(tmp_path):
    """Write text or bytes to a file and read it."""

    def write_and_read(content, *args, name="words.conll", **kwargs):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_conll(path, *args, **kwargs)

    return write_and_read


# What is read


@pytest.mark.parametrize("separator", ["\t", " ", "   "], ids=["tab", "space", "spaces"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "marked"])
@pytest.mark.parametrize("last", [0, 1, 3])
def test_layout_changes_nothing(read, separator, end, mark, last):
    rows = [["EU", "NNP", "B-ORG"], ["rejects", "VBZ", "O"], [], ["à", "IN", "O"]]
    text = mark + end.join(separator.join(row) for row in rows) + end * last
    assert read(text) == ([["EU", "rejects"], ["à"]], [["B-ORG", "O"], ["O"]])


@pytest.mark.parametrize(
    ("columns", "words", "labels"),
    [
        ((0, 1), "EU", "NNP"),
        ((1, 2), "NNP", "I-NP"),
        ([-4, -2], "EU", "I-NP"),
        ((np.int64(3), 0), "B-ORG", "EU"),
    ],
)
def test_columns_say_where_words_and_labels_stand(read, columns, words, labels):
    assert read("EU NNP I-NP B-ORG\n", columns) == ([[words]], [[labels]])


@pytest.mark.parametrize("separator", ["\t", " "], ids=["tab", "space"])
def test_only_tabs_and_plain_spaces_separate(read, separator):
    word, label = f"10{ODD}000", f"B{ODD}"
    assert read(f"{word}{separator}{label}\n") == ([[word]], [[label]])


def test_a_line_with_tabs_is_not_split_at_spaces(read):
    assert read(" New York \tB-LOC  \n") == ([["New York"]], [["B-LOC"]])


def test_lines_of_tabs_and_spaces_are_blank(read):
    assert read("\t\na\tX\n\t\n \t \nb\tY\n ") == ([["a"], ["b"]], [["X"], ["Y"]])


def test_document_marks_are_no_words_and_number_the_groups(read):
    text = (
        "-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\n\nHe PRP I-NP O\n-DOCSTART- -X- O O\n"
        "-DOCSTART-s NN O O\n\n-DOCSTART-\n\n-DOCSTART-\n\nYes UH O O\n"
    )
    X, y, groups = read(text, return_groups=True)
    assert X == [["EU"], ["He"], ["-DOCSTART-s"], ["Yes"]]
    assert y == [["B-ORG"], ["O"], ["O"], ["O"]]
    assert groups.dtype == np.int64
    assert groups.tolist() == [0, 0, 1, 2]
    assert read(text) == (X, y)


def test_comments_are_skipped_only_where_asked(read):
    text = "# id 7\n# O\n#tag O\n"
    assert read("# O\n#tag O\n") == ([["#", "#tag"]], [["O", "O"]])
    assert read(text, comments="# id") == ([["#", "#tag"]], [["O", "O"]])
    assert read(text, comments="# ") == ([["#tag"]], [["O"]])


def test_the_number_of_columns_may_differ_between_sentences(read):
    assert read("a X\n\nb 1 2 Y\nc 3 4 Z\n") == ([["a"], ["b", "c"]], [["X"], ["Y", "Z"]])


# What is refused


@pytest.mark.parametrize(
    ("text", "columns", "number", "message"),
    [
        ("a X\nb X Y\n", (0, -1), 2, "expected 2 columns, as the sentence began, but got 3: 'b X"),
        ("a\tX\n\nb\tX\nc-X\n", (0, -1), 4, "expected 2 columns, .* got 1: 'c-X'"),
        ("a X\n\nword\n", (0, -1), 3, "columns 0 and -1, two different ones, but it has 1: 'word'"),
        ("a X\n", (0, 2), 1, "columns 0 and 2, .* but it has 2"),
        ("a X\n", (-3, 1), 1, "columns -3 and 1"),
        ("a X\n", (0, -2), 1, "two different ones"),
        ("a\u00a0X\n", (0, -1), 1, "tabs or plain spaces"),
        ("a\tX\n\tX\n", (0, -1), 2, "one of them is empty"),
        ("a\tX\nb\t \n", (0, -1), 2, "one of them is empty"),
    ],
)
def test_an_error_names_file_and_line(read, text, columns, number, message):
    with pytest.raises(ValueError, match=rf"words\.conll, line {number}: .*{message}"):
        read(text, columns)


def test_invalid_utf8_is_placed_by_line_and_byte(read):
    with pytest.raises(ValueError, match=r"words\.conll, line 2: .* byte 7 of the file is 0xe9"):
        read(b"a O\ncaf\xe9 O\n")


@pytest.mark.parametrize("text", ["", "\n", "-DOCSTART- O\n"])
def test_a_file_without_words_is_refused(read, text):
    with pytest.raises(ValueError, match="words.conll: expected at least one sentence"):
        read(text)


@pytest.mark.parametrize("columns", [(0,), (0, 1, 2), (1, 1), (0, 1.0), (True, 0), "01", 3, None])
def test_columns_are_two_different_integers(read, columns):
    with pytest.raises(ValueError, match="columns must be two different integers"):
        read("a b c", columns)


@pytest.mark.parametrize("comments", ["", 3, b"#"])
def test_comments_begin_with_a_string(read, comments):
    with pytest.raises(ValueError, match="comments must be a str"):
        read("a b", comments=comments)


# What is written


@pytest.mark.parametrize("separator", ["\t", " "], ids=["tab", "space"])
@pytest.mark.parametrize("name", ["words.conll", "words.conll.gz"])
def test_what_is_written_is_read_back(tmp_path, name, separator):
    for sentences in [(X, Y), (X[::-1], Y[::-1])]:
        write_conll(tmp_path / name, *sentences, separator=separator)
        assert read_conll(tmp_path / name) == sentences


def test_words_with_spaces_are_read_back_from_between_tabs(tmp_path):
    write_conll(tmp_path / "a", [["New York"]], [["B LOC"]])
    assert read_conll(tmp_path / "a") == ([["New York"]], [["B LOC"]])


def test_written_files_are_plain(tmp_path):
    write_conll(tmp_path / "a", [["a", "b"], ["c"]], [["X", "Y"], ["Z"]])
    assert (tmp_path / "a").read_bytes() == b"a\tX\nb\tY\n\nc\tZ\n\n"
    write_conll(tmp_path / "a.gz", [["a"]], [["X"]], separator=" ")
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b"a X\n\n"


@pytest.mark.parametrize(
    ("word", "separator", "message"),
    [
        ("New York", " ", "the word 'New York' contains ' '"),
        ("a\tb", "\t", "contains"),
        ("a\tb", " ", "contains"),
        ("a\n", "\t", "contains"),
        ("a\r", "\t", "contains"),
        (" a", "\t", "begins or ends with a space"),
        ("a ", "\t", "begins or ends with a space"),
        ("", "\t", "an empty word"),
        ("-DOCSTART-", "\t", "marks a new document"),
    ],
)
def test_words_that_would_not_read_back_are_refused_and_nothing_is_written(
    tmp_path, word, separator, message
):
    with pytest.raises(ValueError, match=f"sentence 1.*{message}"):
        write_conll(tmp_path / "a", [["a"], [word]], [["X"], ["Y"]], separator=separator)
    if word != "-DOCSTART-":
        with pytest.raises(ValueError, match=f"sentence 1.*{message.replace('word', 'label')}"):
            write_conll(tmp_path / "a", [["a"], ["b"]], [["X"], [word]], separator=separator)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("separator", ["", ",", None, "\t\t"])
def test_the_separator_is_one_that_the_reader_knows(tmp_path, separator):
    with pytest.raises(ValueError, match="separator must be"):
        write_conll(tmp_path / "a", X, Y, separator=separator)

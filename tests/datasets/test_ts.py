"""The reader of `.ts` files, held against the arrays that the files were written from."""

import gzip

import numpy as np
import pytest

from sklearn_rnn.datasets import read_ts


@pytest.fixture
def read(tmp_path):
    """Write text or bytes to a file and read it."""

    def write_and_read(content, name="cases.ts"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return read_ts(path)

    return write_and_read


def random_cases(lengths, channels, missing=0.0, seed=0):
    """Arrays of shape (time, channels), of many magnitudes, some values NaN."""
    rng = np.random.default_rng(seed)
    cases = []
    for length in lengths:
        case = rng.normal(size=(length, channels)) * 10.0 ** rng.integers(-12, 12, channels)
        case[rng.random(case.shape) < missing] = np.nan
        cases.append(case)
    return cases


def as_line(case, target=None, missing="?"):
    """A case in the format, its numbers with all their digits."""
    dimensions = [
        ",".join(missing if value != value else repr(value) for value in channel)
        for channel in case.T.tolist()
    ]
    return ":".join(dimensions + ([] if target is None else [target]))


def assert_same_cases(X, cases):
    assert X.shape == (len(cases),)
    assert X.dtype == object
    for got, case in zip(X, cases, strict=True):
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, case, strict=True)


# What is read


@pytest.mark.parametrize("lengths", [(5, 5, 5), (1, 7, 3)], ids=["equal", "unequal"])
@pytest.mark.parametrize("channels", [1, 2, 12])
def test_cases_come_back_bit_for_bit(read, lengths, channels):
    cases = random_cases(lengths, channels)
    header = f"@univariate {channels == 1}\n@dimensions {channels}\n@equalLength false\n"
    X, y = read(header + "@classLabel false\n@data\n" + "\n".join(map(as_line, cases)) + "\n")
    assert_same_cases(X, cases)
    assert y is None


@pytest.mark.parametrize("missing", ["?", "NaN", "nan", " ? "])
@pytest.mark.parametrize("declared", ["true", "false"])
def test_missing_values_are_nan_declared_or_not(read, missing, declared):
    cases = random_cases((6, 4), channels=3, missing=0.4)
    lines = "\n".join(as_line(case, missing=missing) for case in cases)
    X, _ = read(f"@missing {declared}\n@data\n{lines}")
    assert sum(np.isnan(case).sum() for case in X) > 0
    assert_same_cases(X, cases)


def test_a_case_without_any_known_value_is_all_nan(read):
    X, _ = read("@data\n?,?:?,?\n?:?")
    assert_same_cases(X, [np.full((2, 2), np.nan), np.full((1, 2), np.nan)])


def test_each_case_is_a_contiguous_array_of_its_own(read):
    X, _ = read("@data\n1,2:3,4\n5,6:7,8")
    assert all(case.flags.c_contiguous for case in X)
    X[0][:] = 0
    assert_same_cases(X, [np.zeros((2, 2)), np.array([[5.0, 7.0], [6.0, 8.0]])])


def test_classes_are_strings_even_where_they_look_like_numbers(read):
    _, y = read("@classLabel true 1 2.0 Up\n@data\n0:2.0\n0:1\n0: Up ")
    assert y.dtype.kind == "U"
    assert y.tolist() == ["2.0", "1", "Up"]


def test_a_class_may_have_a_question_mark_or_comma_for_a_name(read):
    _, y = read("@classLabel true ? a,b\n@data\n0:?\n0:a,b")
    assert y.tolist() == ["?", "a,b"]


def test_number_targets_come_back_bit_for_bit(read):
    targets = [0.1 + 0.2, -1e-17, 3.0]
    lines = "\n".join(f"1,2:{target!r}" for target in targets)
    _, y = read(f"@classLabel false\n@targetLabel true\n@data\n{lines}")
    assert y.dtype == np.float64
    assert y.tolist() == targets


def test_a_file_without_any_directive_but_data_has_no_target(read):
    X, y = read("@data\n1,2\n3")
    assert_same_cases(X, [np.array([[1.0], [2.0]]), np.array([[3.0]])])
    assert y is None


def test_every_directive_is_known_in_any_case_and_by_its_other_name(read):
    header = (
        "@PROBLEMNAME Two words\n@timestamps FALSE\n@Missing False\n@uniVariate false\n"
        "@dimension\t2\n@EQUALLENGTH True\n@serieslength 3\n@classlabel TRUE\ta  B\n"
        "@TARGETLABEL false\n@Data\n"
    )
    X, y = read(header + "1,2,3:4,5,6:B")
    assert_same_cases(X, [np.array([[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])])
    assert y.tolist() == ["B"]


def test_a_directive_may_be_repeated_if_it_says_the_same(read):
    X, _ = read("@problemName a\n@problemName b\n@missing true\n@missing true\n@data\n1")
    assert len(X) == 1


def test_series_length_does_not_bind_unequal_lengths(read):
    X, _ = read("@equalLength false\n@seriesLength 9\n@data\n1,2\n1,2,3")
    assert [len(case) for case in X] == [2, 3]


def test_blank_lines_comments_and_line_ends_change_nothing(read):
    plain = "@classLabel true a b\n@data\n1,2:a\n3,4:b\n"
    decorated = (
        "\ufeff# first\r\n\r\n@classLabel true a b\r\n% second\r\n@data\r\n#@data\r\n"
        "  1, 2 :a  \r\n\r\n# 9,9:a\r\n3,4:b"
    )
    X, y = read(plain)
    X_decorated, y_decorated = read(decorated)
    assert_same_cases(X_decorated, list(X))
    assert y_decorated.tolist() == y.tolist() == ["a", "b"]


def test_utf8_and_latin1_lines_are_both_read(read):
    header = "# from Zürich\n@classLabel true für\n@data\n"
    for encoding in ("utf-8", "latin-1"):
        _, y = read((header + "1:für").encode(encoding))
        assert y.tolist() == ["für"]


def test_paths_may_be_text_or_objects_and_gzipped(tmp_path):
    content = b"@data\n1,2\n"
    plain, packed = tmp_path / "a.ts", tmp_path / "a.ts.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    for path in (plain, str(plain), packed, str(packed)):
        assert_same_cases(read_ts(path)[0], [np.array([[1.0], [2.0]])])


# Timestamps


@pytest.mark.parametrize(
    "stamps",
    [
        ("0", "1", "2"),
        ("0.1", "0.2", "0.3"),
        ("-2e3", "0", "2e3"),
        ("2020-02-28", "2020-02-29", "2020-03-01"),
        ("2007-01-01 23:59:00", "2007-01-02 00:00:00", "2007-01-02 00:01:00"),
        ("2007-03-25T01:30:00Z", "2007-03-25T02:00:00Z", "2007-03-25T02:30:00Z"),
    ],
    ids=["count", "seconds", "negative", "days", "minutes", "zone"],
)
def test_regular_timestamps_are_dropped(read, stamps):
    first, second = (
        " , ".join(f"( {stamp},{value})" for stamp, value in zip(stamps, values, strict=True))
        for values in (("1", "?", "3"), ("4", "5", " 6"))
    )
    X, y = read(f"@timeStamps true\n@classLabel true a\n@data\n{first} : {second}:a")
    assert_same_cases(X, [np.array([[1.0, 4.0], [np.nan, 5.0], [3.0, 6.0]])])
    assert y.tolist() == ["a"]


def test_one_timestamp_is_regular(read):
    X, y = read("@timeStamps true\n@targetLabel true\n@data\n(2007-01-01 00:00:00,4):-1.5")
    assert_same_cases(X, [np.array([[4.0]])])
    assert y.tolist() == [-1.5]


# Faults: the content, the line to be named, and what the message must say

HEADER_FAULTS = {
    "empty file": ("", 1, "the file is empty"),
    "comments only": ("# nothing\n\n", 1, "the file is empty"),
    "no data directive": ("@missing false\n@univariate true\n", 2, "ends within its header"),
    "case before data": ("@missing false\n\n1,2,3\n@data", 3, "got '1,2,3'; cases come after"),
    "unknown directive": ("#\n@classlabels true a\n", 2, "got '@classlabels'"),
    "bare at sign": ("@ data\n1", 1, "got '@'"),
    "flag": ("@missing maybe\n@data\n1", 1, "@missing false, but got 'maybe'"),
    "flag without value": ("@univariate\n@data\n1", 1, "@univariate false, but got ''"),
    "class flag": ("@classLabel a b\n@data\n1:a", 1, "@classLabel false, but got 'a'"),
    "class flag without value": ("@classLabel\n@data\n1:a", 1, "@classLabel false, but got ''"),
    "no classes": ("@classLabel true\n@data\n1:a", 1, "names of the classes"),
    "whole number": ("@dimensions 2.5\n@data\n1", 1, "after @dimensions, but got '2.5'"),
    "contradiction": ("@missing true\n@Missing false\n", 2, "'@Missing false' contradicts"),
    "univariate of three": ("@univariate true\n@dimensions 3\n@data\n1", 3, "but got 3"),
    "two targets": ("@classLabel true a\n@targetLabel true\n@data\n1:a", 3, "one target"),
    "case beside data": ("@data 1,2\n", 1, "nothing after @data, but got '1,2'"),
    "no cases": ("@missing false\n@data\n\n# end\n", 2, "nothing follows"),
}

CASE_FAULTS = {
    "directive": ("1,2:a\n@missing true", 2, "the directive '@missing true'"),
    "dimensions": ("1:2:a\n1:2:3:a", 2, "expected 2 dimensions, .* but got 3"),
    "no target": ("1,2:a\n3,4", 2, "a class after the last colon, .* ends in '3,4'"),
    "nothing but a class": ("a", 1, "a class after the last colon, .* ends in 'a'"),
    "no target of two": ("1,2:3,4:a\n1,2:3,4", 2, "ends in '3,4'"),
    "empty target": ("1,2:", 1, "a class after the last colon, .* ends in ''"),
    "unknown target": ("1,2:?", 1, r"a class after the last colon, .* ends in '\?'"),
    "undeclared class": ("1,2:A", 1, "one of the classes a, b, but got 'A'"),
    "empty series": (":a", 1, "dimension 1 is empty"),
    "empty dimension": ("1,2: :a", 1, "dimension 2 is empty"),
    "unequal dimensions": ("1,2:3,4:5:a", 1, "dimension 3 has 1 steps and dimension 1 has 2"),
    "word": ("1,2:3,4o:a", 1, "value 2 of dimension 2 is '4o'"),
    "nothing between commas": ("1,,2:a", 1, "value 2 of dimension 1 is ''"),
    "comma at the end": ("1,2,:a", 1, "value 3 of dimension 1 is ''"),
    "two numbers": ("1 2,3:a", 1, "value 1 of dimension 1 is '1 2'"),
    "underscore": ("1_0,3:a", 1, "value 1 of dimension 1 is '1_0'"),
    "mark in a number": ("1,2?:a", 1, r"value 2 of dimension 1 is '2\?'"),
    "comment behind a case": ("1,2#,3:a", 1, "value 2 of dimension 1 is '2#'"),
}

STAMP_FAULTS = {
    "plain values": ("1,2,3:a", 1, r"\(timestamp,value\), but dimension 1 has '1,2,3'"),
    "half a pair": ("(0,1),(1,2:a", 1, r"the case ends in '\(0,1\),\(1,2:a'"),
    "no stamp": ("(0,1),(,2):a", 1, r"dimension 1 has '\(,2\)'"),
    "three in a pair": ("(0,1),(1,2,3):a", 1, r"dimension 1 has '\(1,2,3\)'"),
    "no comma": ("(0,1)(1,2):a", 1, r"dimension 1 has '\(0,1\)\(1,2\)'"),
    "gap": ("(0,1),(1,1),(3,1):a", 1, "equal steps, but got '0, 1, 3'"),
    "standstill": ("(5,1),(5,1):a", 1, "equal steps"),
    "backwards": ("(2,1),(1,1):a", 1, "equal steps"),
    "missing": ("(0,1),(?,1):a", 1, "equal steps"),
    "months": ("(2020-01-01,1),(2020-02-01,1),(2020-03-01,1):a", 1, "equal steps"),
    "no date": ("(monday,1),(tuesday,1):a", 1, "ISO 8601 dates, but got 'monday, tuesday'"),
    "other stamps": ("(0,1),(1,2):(1,1),(2,2):a", 1, "dimension 2 has others"),
    "fewer stamps": ("(0,1),(1,2):(0,1):a", 1, "dimension 2 has others"),
    "value": ("(0,1),(1,x):a", 1, "value 2 of dimension 1 is 'x'"),
}


def check_fault(read, content, line, says):
    with pytest.raises(ValueError, match=says) as caught:
        read(content)
    message = str(caught.value)
    assert f"cases.ts, line {line}: expected " in message
    assert "; " in message  # the way out


@pytest.mark.parametrize(("content", "line", "says"), HEADER_FAULTS.values(), ids=HEADER_FAULTS)
def test_a_fault_of_the_header_is_named_with_its_line(read, content, line, says):
    check_fault(read, content, line, says)


@pytest.mark.parametrize(("cases", "line", "says"), CASE_FAULTS.values(), ids=CASE_FAULTS)
def test_a_fault_of_a_case_is_named_with_its_line(read, cases, line, says):
    check_fault(read, f"@classLabel true a b\n# cases\n@data\n{cases}", line + 3, says)


@pytest.mark.parametrize(("cases", "line", "says"), STAMP_FAULTS.values(), ids=STAMP_FAULTS)
def test_a_fault_of_timestamps_is_named_with_its_line(read, cases, line, says):
    content = f"@timeStamps true\n@classLabel true a\n@data\n{cases}"
    check_fault(read, content, line + 3, says)


@pytest.mark.parametrize("target", ["high", "nan", "inf", "1e999", "-1e999", "1 2"])
def test_a_target_that_is_no_finite_number_is_refused(read, target):
    content = f"@targetLabel true\n@data\n1,2:0\n1,2:{target}"
    check_fault(read, content, 4, f"finite number as the target, but got '{target}'")


def test_a_missing_number_target_is_refused(read):
    check_fault(read, "@targetLabel true\n@data\n1,2:0\n1,2", 4, "a number after the last colon")


@pytest.mark.parametrize("header", ["@dimensions 2", "@univariate true", "@univariate false"])
def test_dimensions_are_those_declared_or_else_of_the_first_case(read, header):
    expected = 1 if header == "@univariate true" else 2
    good = ":".join(["1,2"] * expected)
    content = f"{header}\n@data\n{good}\n1,2:3,4:5,6"
    check_fault(read, content, 4, f"expected {expected} dimensions, .* but got 3")


def test_an_empty_dimension_is_refused_without_a_target_too(read):
    check_fault(read, "@data\n1:2:3\n1: :3", 3, "dimension 2 is empty")


def test_lengths_must_agree_where_equal_length_is_declared(read):
    check_fault(read, "@equalLength true\n@data\n1,2\n1,2\n1", 5, "expected 2 steps, .* but got 1")


def test_lengths_must_be_the_series_length_where_equal_length_is_declared(read):
    content = "@equalLength true\n@seriesLength 3\n@data\n1,2\n1,2,3"
    check_fault(read, content, 4, "expected 3 steps, .* but got 2")


def test_an_undeclared_target_is_suspected_where_lengths_or_dimensions_disagree(read):
    check_fault(read, "@data\n1,2,3:4", 2, "declare it by @classLabel or @targetLabel")
    check_fault(read, "@univariate true\n@data\n1:b", 3, "declare it by @classLabel")


def test_long_lines_and_long_lists_of_classes_are_quoted_short(read):
    classes = " ".join(f"class_number_{i}" for i in range(1000))
    with pytest.raises(ValueError, match="class_number_0") as caught:
        read(f"@classLabel true {classes}\n@data\n1:{'x' * 10_000}")
    assert len(str(caught.value).split("line 3: ")[1]) < 400
    with pytest.raises(ValueError, match="ends in '(,1)+,2'") as caught:
        read(f"@classLabel true a\n@data\n{'1,' * 10_000}2")
    assert len(str(caught.value).split("line 3: ")[1]) < 400


@pytest.mark.parametrize("damage", ["cut short", "not packed"])
def test_a_damaged_gzip_file_is_named(read, damage):
    text = "@data\n" + "\n".join(map(as_line, random_cases((50,) * 40, channels=2)))
    content = gzip.compress(text.encode())[:-2000] if damage == "cut short" else text.encode()
    with pytest.raises(ValueError, match=r"cases\.ts\.gz, line \d+: expected a whole gzip file"):
        read(content, name="cases.ts.gz")


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.ts"):
        read_ts(tmp_path / "absent.ts")

"""The page of ten pictures: what is drawn, what is named, and the equations that it prints."""

import importlib
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "ten_pictures.md").read_text(encoding="utf-8")
DRAWINGS = sorted(path.stem for path in (DOCS / "pictures").glob("draw_*.py"))
# The others fit networks, for which the tests have no time; the site draws them.
QUICK = [
    name
    for name in DRAWINGS
    if "sklearn_rnn" not in (DOCS / "pictures" / f"{name}.py").read_text(encoding="utf-8")
]


@pytest.fixture
def pictures(monkeypatch):
    """The package of the drawings, which stands beside the pages."""
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("pictures")


@pytest.fixture(params=QUICK)
def figure(request, pictures):
    return importlib.import_module(f"pictures.{request.param}").draw()


def test_a_drawing_is_a_figure_that_fits_a_page(figure):
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() <= 8


def test_letters_can_be_read_where_a_picture_is_shown_small(figure):
    shrunk = 360 / (72 * figure.get_figwidth())  # pixels for a point
    assert all(text.get_size() * shrunk > 7.5 for text in written_on(figure))


def test_no_text_leaves_the_card_or_touches_another(figure):
    canvas = FigureCanvasAgg(figure)
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in written_on(figure)]
    for box in boxes:
        assert figure.bbox.x0 < box.x0 < box.x1 < figure.bbox.x1
        assert figure.bbox.y0 < box.y0 < box.y1 < figure.bbox.y1
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def written_on(figure):
    return [text for axes in figure.axes for text in axes.texts]


def test_every_drawing_is_on_the_page_or_in_the_readme(pictures):
    draws = pictures.PICTURES | pictures.OVERVIEW
    assert sorted(draw.__module__ for draw in draws.values()) == [f"pictures.{n}" for n in DRAWINGS]
    assert re.findall(r"\]\(_generated/pictures/(\w+)\.svg\)", PAGE) == list(pictures.PICTURES)
    assert len(pictures.PICTURES) == len(re.findall(r"^## \d+\. ", PAGE, re.MULTILINE)) == 10
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\(docs/_static/(\w+)\.svg\)", readme) == list(pictures.OVERVIEW)


def test_every_picture_is_told_in_words():
    told = re.findall(r"!\[([^\]]*)\]", PAGE)
    assert min(map(len, told)) > 100


def test_a_picture_is_the_same_file_each_time(pictures, tmp_path):
    (first,) = pictures.make_pictures(tmp_path / "first", ["unrolled"])
    (second,) = pictures.make_pictures(tmp_path / "second", ["unrolled"])
    assert first.read_bytes() == second.read_bytes()
    assert b"<text" not in first.read_bytes()  # letters are shapes


def test_a_picture_that_is_not_there_is_an_error_that_names_those_that_are(pictures, tmp_path):
    with pytest.raises(ValueError, match="there is no picture 'unroled'; there are unrolled, "):
        pictures.make_pictures(tmp_path, ["unroled"])


def test_the_readme_has_the_picture_that_the_code_draws(pictures):
    kept = (DOCS / "_static" / "overview.svg").read_text(encoding="utf-8")
    drawn = pictures.OVERVIEW["overview"]()
    written = re.findall(r"<!-- (.*?) -->", kept)  # matplotlib notes each text beside its shapes
    assert sorted(written) == sorted(text.get_text() for text in written_on(drawn))
    points = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', kept).groups()
    np.testing.assert_allclose([float(size) for size in points], 72 * drawn.get_size_inches())


def test_letters_stand_out_from_every_colour(pictures):
    sketch = importlib.import_module("pictures._sketch")
    for role in sketch.Role:
        assert contrast(sketch.INK, role.fill) > 7  # WCAG 2.1, level AAA
        assert contrast(role.edge, "#ffffff") > 2.5


def contrast(one, other):
    """The ratio of luminances (Web Content Accessibility Guidelines 2.1, section 1.4.3)."""
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    part = np.array(to_rgb(colour))
    linear = np.where(part <= 0.03928, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


# --- equations ----------------------------------------------------------------------------------

# What stands on the page, and what that is in Python.
SIGNS = {
    r"\\sigma": "sigmoid",
    r"\\tanh": "tanh",
    r"\\odot": "*",
    r"_\{t-1\}": "_last",
    r"(\w)_t\b": r"\1",
    r"([WU])_(\w) (\w+)": r"(\1['\2'] @ \3)",
    r"b'_(\w)": r"d['\1']",
    r"b_(\w)": r"b['\1']",
}


@pytest.mark.parametrize(
    "kind, heading, gates",
    [
        (torch.nn.LSTM, "## 4. The gates of the LSTM", "ifgo"),
        (torch.nn.GRU, "## 5. The gates of the GRU", "rzn"),
    ],
    ids=["lstm", "gru"],
)
def test_the_equations_on_the_page_are_what_the_layer_computes(kind, heading, gates):
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        layer = kind(3, 4, batch_first=True).double()
        steps = torch.randn(1, 6, 3, dtype=torch.float64)
        expected = layer(steps)[0][0].numpy()
    stacked = zip("WUbd", layer.parameters(), strict=True)
    weights = {
        letter: dict(zip(gates, np.split(part.detach().numpy(), len(gates)), strict=True))
        for letter, part in stacked
    }
    states = run_equations(equations_below(heading), weights, steps[0].numpy(), size=4)
    np.testing.assert_allclose(states, expected, rtol=1e-12)


def equations_below(heading):
    """Pairs of a name and an expression in Python, in the order of the page."""
    formula = PAGE.split(heading)[1].split("$$")[1]
    pairs = []
    for line in formula.splitlines():
        if "&=" in line:
            for sign, python in SIGNS.items():
                line = re.sub(sign, python, line)
            name, expression = line.rstrip(" \\").split(" &= ")
            pairs.append((name, expression))
    return pairs


def run_equations(equations, weights, steps, *, size):
    """The states ``(time, size)``, from states that are zero before the first step."""
    functions = {"sigmoid": lambda x: 1 / (1 + np.exp(-x)), "tanh": np.tanh}
    values, states = {"h": np.zeros(size), "c": np.zeros(size)}, []
    for step in steps:
        values = {"x": step, "h_last": values["h"], "c_last": values.get("c")}
        for name, expression in equations:
            values[name] = eval(expression, functions | weights | values)
        states.append(values["h"])
    return states

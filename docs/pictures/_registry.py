"""Every picture by the name of its file."""

from collections.abc import Callable

from matplotlib.figure import Figure

from pictures import (
    draw_attention,
    draw_both_directions,
    draw_gradient_flow,
    draw_gru,
    draw_lstm,
    draw_many_to_many,
    draw_many_to_one,
    draw_overview,
    draw_padding,
    draw_pooling,
    draw_unrolled,
)

__all__ = ["OVERVIEW", "PICTURES"]

# Those of the page docs/ten_pictures.md, in its order.
PICTURES: dict[str, Callable[[], Figure]] = {
    "unrolled": draw_unrolled.draw,
    "many_to_one": draw_many_to_one.draw,
    "many_to_many": draw_many_to_many.draw,
    "lstm": draw_lstm.draw,
    "gru": draw_gru.draw,
    "both_directions": draw_both_directions.draw,
    "padding": draw_padding.draw,
    "pooling": draw_pooling.draw,
    "gradient_flow": draw_gradient_flow.draw,
    "attention": draw_attention.draw,
}

# That of the README, which is kept in docs/_static.
OVERVIEW: dict[str, Callable[[], Figure]] = {"overview": draw_overview.draw}

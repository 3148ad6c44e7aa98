"""The one door to matplotlib."""

__all__ = [
    "axes_of",
    "count_in_whole_numbers",
    "cut",
    "import_pyplot",
    "write_columns",
    "write_rows",
    "write_steps",
]

_MOST_NAMES = 60  # so many find room side by side on the widest figure
_NAME_WIDTH = 11  # points that a slanting name takes beside the next one
_LONGEST_NAME = 24  # characters
# Sizes of type in points: that of most names, and the smallest that can be read.
_LARGEST_TYPE, _SMALLEST_TYPE = 10, 6


def import_pyplot():
    """Give ``matplotlib.pyplot``.

    Raises
    ------
    ImportError
        If matplotlib is missing; the message names the extra.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('plotting needs matplotlib: pip install "sklearn-rnn[plots]"') from error
    return plt


def axes_of(ax, n=1, *, width=6.4, height=3.2, n_columns=1):
    """Give ``n`` axes to draw on: those given, or new ones of a new figure.

    Parameters
    ----------
    ax : matplotlib Axes, array of them, or None
        As ``plot`` was given it.
    n : int, default=1
        How many axes are drawn on.
    width, height : float
        Size of one of the axes of a new figure, in inches.
    n_columns : int, default=1
        How many of a new figure stand side by side.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If another number of axes was given.
    """
    if ax is None:
        plt = import_pyplot()
        n_rows = -(-n // n_columns)
        figure = plt.figure(figsize=(width * n_columns, height * n_rows), layout="compressed")
        made = list(figure.subplots(n_rows, n_columns, squeeze=False).flat)
        for spare in made[n:]:
            spare.remove()
        return made[:n]
    given = list(ax.flat) if hasattr(ax, "flat") else list(ax) if _is_list(ax) else [ax]
    if len(given) != n:
        raise ValueError(
            f"ax holds {len(given)} axes, but {n} are drawn on; give as many, or ax=None for "
            "a figure of its own."
        )
    return given


def count_in_whole_numbers(axes):
    """Put ticks at whole numbers alone along the horizontal axis, however short it is."""
    axes.xaxis.set_major_locator(import_pyplot().MaxNLocator(integer=True, min_n_ticks=1))


def write_steps(axes, names):
    """Write what stands at each step below the axes, of very many only some.

    Parameters
    ----------
    axes : matplotlib Axes
    names : sequence of str
        Taken as they are: a dollar sign begins no formula. Of long ones the beginning is written.
    """
    room = int(_points_of(axes).width / _NAME_WIDTH)
    every = -(-len(names) // max(1, min(_MOST_NAMES, room)))
    axes.set_xticks(
        range(0, len(names), every), list(map(cut, names[::every])), rotation=45, ha="right",
        parse_math=False,
    )  # fmt: skip


def write_rows(axes, names):
    """Write what stands in each row beside the axes, in small type, or not all, if there are many.

    Parameters
    ----------
    axes : matplotlib Axes
    names : sequence
        As ``write_steps`` takes them.
    """
    _write(axes.set_yticks, names, _points_of(axes).height)


def write_columns(axes, names):
    """Write what stands in each column below the axes, as ``write_rows`` does."""
    _write(axes.set_xticks, names, _points_of(axes).width, rotation=90)


def _write(write, names, room, **look):
    pitch = room / max(1, len(names))
    every = int(-(-_SMALLEST_TYPE // pitch))
    look["fontsize"] = min(_LARGEST_TYPE, 0.9 * pitch * every)
    write(range(0, len(names), every), list(map(cut, names[::every])), parse_math=False, **look)


def cut(name, longest=_LONGEST_NAME) -> str:
    """Give the beginning of a name that is too long to be written."""
    text = str(name)
    return text if len(text) <= longest else f"{text[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def _points_of(axes):
    """Give the size of axes in points, 72 to an inch."""
    scale = axes.figure.dpi_scale_trans.inverted()
    return axes.get_window_extent().transformed(scale).expanded(72, 72)


def _is_list(ax):
    return isinstance(ax, list | tuple)

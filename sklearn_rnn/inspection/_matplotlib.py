"""The one door to matplotlib."""

__all__ = ["axes_of", "import_pyplot", "write_steps"]

_MOST_NAMES = 60  # so many find room side by side on the widest figure


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
        figure = plt.figure(figsize=(width * n_columns, height * n_rows), layout="constrained")
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


def write_steps(axes, names):
    """Write what stands at each step below the axes, of very many only some.

    Parameters
    ----------
    axes : matplotlib Axes
    names : sequence of str
        Taken as they are: a dollar sign begins no formula.
    """
    every = -(-len(names) // _MOST_NAMES)
    axes.set_xticks(
        range(0, len(names), every), names[::every], rotation=45, ha="right", parse_math=False
    )


def _is_list(ax):
    return isinstance(ax, list | tuple)

"""What sphinx-gallery is told: which examples there are, in which order, and how they run."""

import os
import warnings
from contextlib import ExitStack
from pathlib import Path

__all__ = ["EXAMPLE_ORDER", "place_of", "sphinx_gallery_conf", "warnings_are_errors"]

# By task, what is asked first coming first: labels and numbers for whole sequences, labels for
# steps, what is inside a network, texts, forecasts, and what is drawn or written.
EXAMPLE_ORDER = (
    "plot_recordings_of_unequal_length.py",
    "plot_event_log.py",
    "plot_many_labels.py",
    "plot_seed_ensemble.py",
    "plot_search_the_cell.py",
    "plot_search_halving.py",
    "plot_what_matters.py",
    "plot_gradient_flow.py",
    "plot_state_as_features.py",
    "plot_named_places.py",
    "plot_tagging.py",
    "plot_pretraining.py",
    "plot_word_vectors.py",
    "plot_sequence_map.py",
    "plot_language_model.py",
    "plot_translation.py",
    "plot_forecast.py",
    "plot_digits_drawn.py",
    "plot_trees.py",
)


def place_of(name):
    """Where an example stands among the others.

    Parameters
    ----------
    name : str
        Of its file.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is not in ``EXAMPLE_ORDER``.
    """
    name = Path(name).name
    if name not in EXAMPLE_ORDER:
        raise ValueError(f"examples/{name} has no place in EXAMPLE_ORDER of docs/_gallery.py.")
    return EXAMPLE_ORDER.index(name)


_filters = ExitStack()


def warnings_are_errors(gallery_conf, fname, when):
    """Let a warning of an example end the build; Sphinx's own stay warnings.

    Parameters
    ----------
    gallery_conf, fname : dict and str
        What sphinx-gallery tells, and is not needed.
    when : {"before", "after"}
        It is called on either side of each example.
    """
    if when == "after":
        _filters.close()
        return
    _filters.enter_context(warnings.catch_warnings())
    warnings.simplefilter("error")
    # ``plt.show()`` does nothing here, and says so.
    warnings.filterwarnings("ignore", ".*is non-interactive", UserWarning)


# Functions are named, not given: Sphinx keeps the configuration as a pickle, and examples that run
# in processes of their own look them up there.
sphinx_gallery_conf = {
    "examples_dirs": os.path.join("..", "examples"),
    "gallery_dirs": "examples",
    "filename_pattern": r"[\\/]plot_",
    "ignore_pattern": r"^(?!plot_)",  # scripts that are run from a shell
    "within_subsection_order": "_gallery.place_of",
    "minigallery_sort_order": "_gallery.place_of",
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib", "_gallery.warnings_are_errors"),
    "reset_modules_order": "both",
    "image_scrapers": ("matplotlib",),
    "image_srcset": ["2x"],
    "doc_module": ("sklearn_rnn",),
    "backreferences_dir": os.path.join("examples", "backreferences"),
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
    "show_signature": False,
    "download_all_examples": False,
    "plot_gallery": True,
    "parallel": 2,
}

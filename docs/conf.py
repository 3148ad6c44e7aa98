"""How Sphinx builds the site: ``make docs``. Nothing is fetched, and warnings are errors."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from _api import *  # noqa: E402, F403  (numpydoc, autodoc, autosummary)
from _gallery import sphinx_gallery_conf  # noqa: E402, F401
from pictures import make_pictures  # noqa: E402

from sklearn_rnn import __version__  # noqa: E402

project = "sklearn_rnn"
author = "the sklearn_rnn developers"
copyright = author
version = release = __version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # MathJax itself, so that formulas need no network
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]

exclude_patterns = ["_build", "_generated", "_templates", "pictures", "examples/backreferences"]
templates_path = ["_templates"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

# A reference to a name that does not exist is an error; those of other libraries are not looked
# up, as that would need the network.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(matplotlib|numpy|pandas|scipy|sklearn|skorch|torch)\..*")]

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "sklearn_rnn"
html_static_path = ["_static"]
html_css_files = ["site.css", "api.css"]
html_context = {"default_mode": "auto"}  # light or dark, as the reader's device has it
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "sklearn_rnn"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],  # a sign alone, so that the bar keeps to one line
    "header_links_before_dropdown": 7,
    "show_nav_level": 1,
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "start": [], "ten_pictures": [], "comparison": [], "results": []}


def setup(app):
    """Draw the pictures of the pages before these are read."""
    app.connect(
        "builder-inited", lambda app: make_pictures(Path(app.srcdir) / "_generated" / "pictures")
    )

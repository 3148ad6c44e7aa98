"""The pictures of the documentation, drawn by code: run ``python docs/pictures/make.py FOLDER``."""

from pictures._files import make_pictures
from pictures._registry import OVERVIEW, PICTURES

__all__ = ["OVERVIEW", "PICTURES", "make_pictures"]

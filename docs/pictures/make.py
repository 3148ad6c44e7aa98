"""Draw the pictures of the documentation.

python docs/pictures/make.py docs/_generated/pictures    all ten of the page
python docs/pictures/make.py docs/_static overview       that of the README
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pictures import make_pictures


def main():
    parser = argparse.ArgumentParser(description="Draw the pictures of the documentation.")
    parser.add_argument("folder", help="where they are written")
    parser.add_argument("names", nargs="*", help="which ones; all ten of the page if none is given")
    given = parser.parse_args()
    for path in make_pictures(given.folder, given.names or None):
        print(path)


if __name__ == "__main__":
    main()

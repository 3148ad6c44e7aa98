"""Run the python blocks of a markdown page, in order and in one namespace.

    python -P tests/run_readme.py README.md            every block
    python -P tests/run_readme.py --first README.md    the first one, which has to exist

A block opens with three backticks and ``python``; one that begins with ``>>>`` is checked as a
doctest. The blocks run in an empty temporary folder, warnings are errors, and a block that fails
is named by its line. ``-P`` keeps this folder off the import path.
"""

import argparse
import doctest
import os
import re
import sys
import tempfile
import textwrap
import warnings
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^[ ]*```(?P<language>[\w+-]*)")
DOCTEST_FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


class Block(NamedTuple):
    """The code between two fences, and the line of the page that its first line is."""

    line: int
    code: str


def python_blocks(text):
    """Every python block of a markdown text, top to bottom."""
    blocks, language, start = [], None, 0
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        fence = FENCE.match(line)
        if fence is None:
            continue
        if language is None:
            language, start = fence["language"], number
            continue
        if language == "python":
            code = textwrap.dedent("\n".join(lines[start : number - 1])) + "\n"
            blocks.append(Block(start + 1, code))
        language = None
    if language is not None:
        raise ValueError(f"line {start}: this block is never closed; it needs a line of ```")
    return blocks


def run_block(block, page, namespace):
    """Run one block, so that a traceback shows the page's own name and lines."""
    if block.code.lstrip().startswith(">>>"):
        run_doctest(block, page, namespace)
    else:
        padded = "\n" * (block.line - 1) + block.code
        exec(compile(padded, str(page), "exec"), namespace)


def run_doctest(block, page, namespace):
    test = doctest.DocTestParser().get_doctest(
        block.code, namespace, page.name, str(page), block.line - 1
    )
    runner = doctest.DocTestRunner(verbose=False, optionflags=DOCTEST_FLAGS)
    failed, _ = runner.run(test, clear_globs=False)
    namespace.update(test.globs)
    if failed:
        raise AssertionError(f"{failed} of the block's examples gave something else")


def run_page(page, first=False):
    """Run a page's blocks and return how many there were."""
    blocks = python_blocks(page.read_text(encoding="utf-8"))
    if first and not blocks:
        raise ValueError(f"{page.name} has no python block to run")
    namespace = {"__name__": "__main__"}
    for block in blocks[:1] if first else blocks:
        try:
            run_block(block, page, namespace)
        except BaseException as error:
            print(f"{page.name}:{block.line}: this python block failed", file=sys.stderr)
            if isinstance(error, SystemExit):
                raise RuntimeError("the block left the interpreter") from error
            raise
    return 1 if first else len(blocks)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--first", action="store_true", help="run only the first block")
    arguments = parser.parse_args()

    page = arguments.page.resolve()
    warnings.simplefilter("error")
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            count = run_page(page, arguments.first)
        finally:
            os.chdir(home)
    print(f"{page.name}: {count} python block{'s' if count != 1 else ''} ran")


if __name__ == "__main__":
    main()

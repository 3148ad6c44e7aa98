"""
Can a network learn to colour source code?
==========================================

An editor shows comments, strings and keywords in different colours, so it has to know for every
character what it belongs to. Here a tagger learns that from the functions of Python's own standard
library, a character a step, with the module ``tokenize`` as the teacher. It is given no rule of the
language, not even that words exist. The picture shows a function of a file that was not trained
on, in the predicted colours, and how sure the network is of every character of one line.
"""

import ast
import builtins
import io
import keyword
import sysconfig
import textwrap
import tokenize
from collections import Counter, defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sklearn_rnn import RNNTagger
from sklearn_rnn.metrics import token_accuracy_score

COLORS = {
    "comment": "#7f8c8d",
    "string": "#2e8b3d",
    "number": "#c2410c",
    "keyword": "#7c3aed",
    "definition": "#1d4ed8",
    "builtin": "#0e7c86",
    "name": "#334155",
    "operator": "#be185d",
    "space": "#e5e7eb",
}

# %%
# The teacher: ``tokenize`` tells where each token of a function begins and ends, and what it is.


def kind_of(token, before):
    """What a token is; ``before`` is the text of the token in front of it."""
    kind = tokenize.tok_name[token.type]
    if kind == "NAME":
        if keyword.iskeyword(token.string):
            return "keyword"
        if before in ("def", "class"):
            return "definition"
        return "builtin" if before != "." and hasattr(builtins, token.string) else "name"
    if "STRING" in kind:  # from Python 3.12 on f-strings come in parts
        return "string"
    return {"COMMENT": "comment", "NUMBER": "number", "OP": "operator"}.get(kind, "space")


def tags_of(source):
    """The tag of each character."""
    tags = ["space"] * len(source)
    starts = np.cumsum([0, 0, *map(len, source.splitlines(keepends=True))])  # lines begin at 1
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        begin, end = (starts[line] + column for line, column in (token.start, token.end))
        kind = kind_of(token, before)
        if kind != "space":
            tags[begin:end] = [kind] * (end - begin)
        before = token.string
    return tags


def functions_of(path):
    """The source of each function of a file that is neither tiny nor huge."""
    with tokenize.open(path) as file:
        source = file.read()
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            function = textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno]))
            if 100 <= len(function) <= 1000 and function.isascii():
                yield function


def read_files(names):
    """The characters of every function in some files of the library, and their tags."""
    folder = Path(sysconfig.get_path("stdlib"))
    functions = [function for name in names.split() for function in functions_of(folder / name)]
    return list(map(list, functions)), list(map(tags_of, functions))


X_train, y_train = read_files(
    "argparse.py calendar.py configparser.py difflib.py fractions.py inspect.py optparse.py "
    "tarfile.py"
)
X_test, y_test = read_files("csv.py shutil.py statistics.py textwrap.py")
print(f"{len(X_train)} functions to learn from, of {sum(map(len, X_train))} characters")

# %%
# A network that reads both ways, and what can be had without one: every character gets the tag that
# it mostly has. The CRF learns which tag follows which, so that words come in one colour.

settings = {"hidden_size": 64, "lr": 0.01, "batch_size": 8, "max_epochs": 8}
tagger = RNNTagger(output="crf", random_state=0, **settings)
tagger.fit(X_train, y_train)

counts = defaultdict(Counter)
for characters, tags in zip(X_train, y_train, strict=True):
    for character, tag in zip(characters, tags, strict=True):
        counts[character][tag] += 1
commonest = {character: found.most_common(1)[0][0] for character, found in counts.items()}
by_character = [[commonest.get(character, "name") for character in row] for row in X_test]

found = tagger.predict(X_test)
print(f"the commonest tag of each character  {token_accuracy_score(y_test, by_character):.3f}")
print(f"RNNTagger                            {token_accuracy_score(y_test, found):.3f}")

# %%
# An editor colours code while it is typed. The teacher gives up on this function, as a bracket is
# still open; the network has an opinion on every character.

TYPED = '''\
def read_prices(path, sep=";", limit=1_000):
    """Read what things cost; 'if' and 42 are no code."""
    # neither is this: def print(x): return None
    prices = {}
    for line in open(path, encoding="utf-8"):
        name, price = line.strip().split(sep)
        if len(prices) > limit or not name:
            raise ValueError("nobody is called: " + repr(name))
        prices[name] = float(price) * 1.19  # with tax
    return sorted(prices.items(), key=lambda item: (item[1],'''

try:
    tags_of(TYPED)
except (tokenize.TokenError, SyntaxError) as error:
    print("the teacher:", error.args[0])

tags = tagger.predict([list(TYPED)])[0]
probabilities = tagger.predict_proba([list(TYPED)])[0]  # (characters, tags)

# %%
# The function in the colours of the predicted tags, faint where the network is in doubt; beneath,
# the probabilities of all tags on the line that it doubts most.

lines = TYPED.split("\n")
starts = np.cumsum([0] + [len(line) + 1 for line in lines[:-1]])
chances = [probabilities[i : i + len(line)] for i, line in zip(starts, lines, strict=True)]
doubted = int(np.argmax([(1 - chance.max(axis=1)).sum() for chance in chances]))

figure, (code, bars) = plt.subplots(
    2, 1, figsize=(10, 6), height_ratios=[len(lines), 5], sharex=True, layout="constrained"
)
text = {"family": "monospace", "ha": "center", "va": "center"}
for row, (line, start) in enumerate(zip(lines, starts, strict=True)):
    for column, character in enumerate(line):
        color, chance = COLORS[tags[start + column]], chances[row][column].max()
        alpha = max(0.3, chance)
        code.text(column, row, character, color=color, alpha=alpha, size=15, **text)
code.axhspan(doubted - 0.45, doubted + 0.45, color="#fef3c7")
code.set(xlim=(-1, max(map(len, lines))), ylim=(len(lines) - 0.5, -0.5))
code.set_title("Code of an unfinished function, in the colours of the predicted tags", loc="left")
code.axis("off")

columns, bottom = np.arange(len(lines[doubted])), np.zeros(len(lines[doubted]))
for tag in COLORS:
    share = chances[doubted][:, list(tagger.classes_).index(tag)]
    bars.bar(columns, share, 0.92, bottom, color=COLORS[tag], label=tag)
    bottom += share
bars.set_xticks(columns, lines[doubted], family="monospace", size=13)
bars.set_yticks([0, 0.5, 1])
bars.tick_params(length=0)
bars.set_title("How probable each tag is, on the line in yellow", loc="left")
bars.spines[:].set_visible(False)
figure.legend(*bars.get_legend_handles_labels(), ncols=9, loc="outside lower center",
              frameon=False, handlelength=1, handleheight=1, columnspacing=1.4)  # fmt: skip
plt.show()

# %%
# **What to try next.** Tokens instead of characters, and names instead of colours:
# :ref:`sphx_glr_examples_plot_named_places.py`, which also shows ``TagDisplay`` and what the
# conditional random field has learned.
#
# **What it does badly.** A lexer is right always, and faster; a network pays where there is none,
# or where the text is broken. It has read one language: in another one it colours by likeness.

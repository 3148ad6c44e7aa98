"""
How deep can a network calculate?
=================================

A nested list, ``(max 2 9 (min 4 7) 0)``, comes to a digit. A recursive network goes along its
brackets, from the innermost to the whole, and so uses what it knows of ``max`` and ``min`` wherever
they stand. A flat network reads the same tokens, brackets among them, from left to right and has to
keep track by itself. Both are trained on lists of up to four levels, with one label each, the value
of the whole, and tested on deeper ones as well.
"""

import matplotlib.pyplot as plt

from sklearn_rnn import RNNClassifier, TreeRNNClassifier
from sklearn_rnn.data import Trees
from sklearn_rnn.datasets import make_nested_lists

DEEPEST = 4
X, y = make_nested_lists(4000, max_depth=DEEPEST, max_operands=3, random_state=0)
print(f"{X[0]} = {y[0]}")

# %%
# Two networks of one size, trained alike.


def read_flat(lists):
    """Lists of tokens, brackets among them."""
    return [
        str(nested).replace("(", "( ").replace(")", " )").replace("'", "").replace(",", "").split()
        for nested in lists
    ]


settings = {
    "hidden_size": 48,
    "embedding_dim": 24,
    "dropout": 0.1,
    "lr": 0.01,
    "batch_size": 32,
    "max_epochs": 12,
    "random_state": 0,
}
tree = TreeRNNClassifier(**settings).fit(X, y)
flat = RNNClassifier(**settings, pooling="last", bidirectional=False, subwords=False)
flat.fit(read_flat(X), y)

# %%
# Lists of each depth by themselves, some deeper than any that training saw.

depths = list(range(1, DEEPEST + 4))
accuracy = {"recursive network": [], "flat LSTM": []}
for depth in depths:
    lists, values = make_nested_lists(
        300, min_depth=depth, max_depth=depth, max_operands=3, random_state=100 + depth
    )
    accuracy["recursive network"].append(tree.score(lists, values))
    accuracy["flat LSTM"].append(flat.score(read_flat(lists), values))
for name, scores in accuracy.items():
    print(f"{name:<18}", *(f"{score:.2f}" for score in scores))

# %%
# The state of an inner node is that of its part alone, so the network can be asked for the value of
# every part, though training told it only those of whole lists.

OPERATORS = {"max": max, "min": min, "med": lambda v: sorted(v)[(len(v) - 1) // 2]}


def place_nodes(trees, values):
    """Where to draw the nodes of one tree, leaves side by side, and which values are right."""
    nodes = range(len(trees.parents))
    children = {node: [c for c in nodes if trees.parents[c] == node] for node in nodes}
    x, level, true = {}, {}, {}
    for node in nodes:  # each stands before its children
        level[node] = level.get(trees.parents[node], 1) - 1
        if not children[node]:
            x[node] = sum(not children[other] for other in nodes[:node])
            true[node] = int(trees.tokens[node])
    for node in reversed(nodes):
        if below := children[node]:
            x[node] = sum(x[child] for child in below) / len(below)
            true[node] = OPERATORS[trees.tokens[node]]([true[child] for child in below])
    return x, level, [true[node] == values[node] for node in nodes]


lists, values = make_nested_lists(40, min_depth=4, max_depth=4, max_operands=3, random_state=7)
sizes = Trees.from_nested(lists).lengths
shown = lists[int((abs(sizes - 18)).argmin())]
nodes, found = Trees.from_nested([shown]), tree.predict_nodes([shown])[0]
x, level, right = place_nodes(nodes, found)

figure, (drawn, lines) = plt.subplots(
    1, 2, figsize=(11, 4.6), layout="constrained", width_ratios=[3, 2]
)
for node, parent in enumerate(nodes.parents):
    if parent >= 0:
        drawn.plot([x[parent], x[node]], [level[parent], level[node]], color="0.8", zorder=0)
    is_inner = node in nodes.parents
    label = f"{nodes.tokens[node]}\n= {found[node]}" if is_inner else nodes.tokens[node]
    color = "0.4" if not is_inner else "tab:blue" if right[node] else "tab:red"
    box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": color}
    drawn.text(x[node], level[node], label, ha="center", va="center", color=color, bbox=box)
drawn.set_title("What the network makes of each part (blue: right)")
drawn.margins(0.06, 0.1)
drawn.axis("off")

for (name, scores), color in zip(accuracy.items(), ["tab:blue", "0.5"], strict=True):
    lines.plot(depths, scores, marker="o", color=color)
    lines.text(depths[-1] + 0.15, scores[-1], name, color=color, va="center")
lines.axvspan(DEEPEST + 0.5, depths[-1] + 0.3, color="0.93", zorder=0)
lines.text(DEEPEST + 0.6, 0.03, "deeper than\nany in training", color="0.4", fontsize=9)
lines.set(ylim=(0, 1.03), xlim=(0.7, depths[-1] + 2.9), xticks=depths)
lines.set(title="Accuracy on unseen lists", xlabel="levels of the list")
for axes in (drawn, lines):
    axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What to try next.** ``TreeRNNClassifier`` reads labelled nodes too, such as the phrases of a
# parsed sentence with a label each, and ``cell`` chooses how children are joined.
#
# **What it does badly.** It has to be given the tree. Where a sentence comes without brackets a
# parser is needed first, and its mistakes are inherited; and the deeper a list is, the more steps
# there are at which a value can go wrong.

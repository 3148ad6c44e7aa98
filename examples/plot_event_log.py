"""
Who will leave?
===============

There is a log of what customers did, one row an event, and for each customer whether they left. The
usual way is to make one row a customer of it: how many events, how much, how long ago. That loses
the order and most of the timing. A network reads the events themselves. The two ways are compared
on customers that neither has seen. The log is made up: four facts behind leaving can be read from
such a row, two are in the order and the timing alone.
"""

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import RocCurveDisplay, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_rnn import RNNClassifier, Sequences
from sklearn_rnn.datasets import make_customer_events

events, left = make_customer_events(3000, random_state=0)
print(events.sort_values(["customer", "when"]).head(4).to_string(index=False), "\n")
train, test = train_test_split(left.index.to_list(), test_size=0.3, stratify=left, random_state=0)

# %%
# For the network: the rows of a customer become a sequence. Numbers stay numbers, words become
# categories, and the time since the event before is added. ``left`` is in another order than the
# customers of the log; ``fit`` finds the label of each by its id.

customers = Sequences.from_frame(
    events, id_col="customer", time_col="when", static=["age", "region"]
)
in_train = np.isin(customers.ids, train)
network = RNNClassifier(random_state=0).fit(customers[in_train], left)

# %%
# For the simpler models: one row a customer. Amounts and times are skewed, so logarithms are taken
# of them, which the linear model needs.

by_customer = events.groupby("customer")
last = by_customer["when"].max()
table = pd.DataFrame(
    {
        "events": np.log(by_customer.size()),
        "amount": np.log(by_customer["amount"].mean()),
        "largest amount": np.log(by_customer["amount"].max()),
        "days since the last": np.log1p((events["when"].max() - last).dt.days),
        "days from first to last": np.log1p((last - by_customer["when"].min()).dt.days),
        "age": by_customer["age"].first(),
    }
)
channel = events["channel"].astype(str)
channels = pd.crosstab(events["customer"], channel, normalize="index")
regions = pd.get_dummies(by_customer["region"].first())
table = table.join(channels).join(regions)
boosting = HistGradientBoostingClassifier(random_state=0).fit(table.loc[train], left[train])
linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(table.loc[train], left[train])

# %%
# Scores on the same unseen customers.

unseen = customers[~in_train]
labels = unseen.align(left)
rows = table.loc[unseen.ids]
risks = {
    "RNNClassifier on the events": network.predict_proba(unseen)[:, 1],
    "LogisticRegression on aggregates": linear.predict_proba(rows)[:, 1],
    "gradient boosting on aggregates": boosting.predict_proba(rows)[:, 1],
}
for name, risk in risks.items():
    print(f"{name:<33} area under the ROC curve {roc_auc_score(labels, risk):.3f}")

# %%
# The customers that the network is surest of, on either side, and the curves of all three models.

figure, (log_axes, curve_axes) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
colors = {"web": "0.7", "shop": "tab:green", "app": "tab:blue", "phone": "tab:red"}
order = np.argsort(risks["RNNClassifier on the events"])
shown = unseen.ids[np.concatenate([order[:6], order[-6:]])]
for height, customer in enumerate(shown):
    theirs = events[events["customer"] == customer]
    log_axes.scatter(
        theirs["when"],
        np.full(len(theirs), height),
        s=1.2 * theirs["amount"],
        c=theirs["channel"].astype(str).map(colors),
        alpha=0.8,
        linewidth=0,
    )
log_axes.axhline(5.5, color="0.6", linestyle="--", linewidth=1)
log_axes.xaxis.set_major_locator(mdates.YearLocator())
log_axes.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
log_axes.set_title("Unseen customers: their events, larger for larger amounts")
log_axes.set_yticks([2.5, 8.5], ["thought\nto stay", "thought\nto leave"])
log_axes.tick_params(left=False)
for height, customer in enumerate(shown):
    word = "left" if left[customer] else "stayed"
    log_axes.text(1.01, height, word, va="center", transform=log_axes.get_yaxis_transform())
for channel, color in colors.items():
    log_axes.scatter([], [], color=color, label=channel)
log_axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.06))

for name, risk in risks.items():
    RocCurveDisplay.from_predictions(labels, risk, name=name, ax=curve_axes)
curve_axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", linewidth=1, zorder=0)
curve_axes.set(
    title="Who will leave?",
    xlabel="share of those who stayed that is warned of",
    ylabel="share of those who left that is warned of",
)
curve_axes.legend(frameon=False, loc="lower right", fontsize="small")
for axes in (log_axes, curve_axes):
    axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What to try next.** ``permutation_importance`` tells which column of the events the network
# needs, and when (:ref:`sphx_glr_examples_plot_what_matters.py`). Which item comes next, instead
# of a risk, is asked in :doc:`the guide </guide/next_item>`.
#
# **What it does badly.** It takes longer to fit than a model of aggregates, and is ahead by little
# where little is in the order. In a log where all that counts is how much and how long ago, the
# linear model is as good and easier to explain: try it first.

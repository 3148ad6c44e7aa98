"""
What day was that?
==================

People write dates in many ways, programs want them in one. A network learns to turn the ones into
the others, sign by sign, from pairs alone: nobody tells it what a month is. Its attention shows
where in the text it looks for each digit that it writes. The dates are made up, in eight forms of
English.
"""

import datetime

import matplotlib.pyplot as plt
import numpy as np

from sklearn_rnn import RNNSeq2Seq
from sklearn_rnn.inspection import AttentionDisplay
from sklearn_rnn.metrics import exact_match_score
from sklearn_rnn.preprocessing import TokenEncoder

rng = np.random.default_rng(0)
first, last = (datetime.date(year, 1, 1).toordinal() for year in (1950, 2050))


def in_words(date):
    """Write a date in one of eight forms."""
    ending = "th" if 10 < date.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(date.day % 10, "th")
    forms = (
        f"{date:%B} {date.day}, {date.year}",
        f"{date:%b} {date.day}, {date.year}",
        f"{date.day} {date:%B} {date.year}",
        f"{date.day} {date:%b} {date.year}",
        f"the {date.day}{ending} of {date:%B} {date.year}",
        f"{date:%A}, the {date.day}{ending} of {date:%B} {date.year}",
        f"{date:%A}, {date:%B} {date.day}, {date.year}",
        f"{date:%a} {date:%b} {date.day}{ending} {date.year}",
    )
    return forms[rng.integers(len(forms))]


def make_pairs(n):
    """Give n dates in words, and as ISO 8601 writes them."""
    dates = [datetime.date.fromordinal(int(day)) for day in rng.integers(first, last, size=n)]
    return [in_words(date) for date in dates], [date.isoformat() for date in dates]


X, y = make_pairs(3000)
X_test, y_test = make_pairs(1000)
for text, date in list(zip(X, y, strict=True))[:4]:
    print(f"{text:>36}  ->  {date}")

# %%
# Both sides are read and written a character at a time.

characters = TokenEncoder("char")
model = RNNSeq2Seq(
    encoder=characters, target_encoder=characters, hidden_size=48, max_epochs=13, random_state=0
).fit(X, y)
found = model.predict(X_test)
right = exact_match_score(y_test, found)
print(f"\n{right:.1%} of {len(y_test)} new dates are right from the first digit to the last")
for text, date, expected in zip(X_test, found, y_test, strict=True):
    if date != expected:
        print(f"wrong: {text} -> {date}")

# %%
# Where it looks, as :class:`~sklearn_rnn.inspection.AttentionDisplay` draws it. Each row is a
# character that it writes, and its shades add up to one. The year is at the end of these texts, and
# comes first in what is written. What the encoder keeps of a character tells of its neighbours too,
# so the darkest place may be beside the one that is meant; and nothing forbids a network to gather
# what it has read, such as day and month, in one place and to look there for all of it.

figure, panels = plt.subplots(2, 1, figsize=(9, 8), layout="constrained")
for axes, text in zip(panels, ["Tuesday, May 3, 2016", "December 31, 1999"], strict=True):
    AttentionDisplay.from_estimator(model, text, ax=axes)
    axes.set_xticks(range(len(text)), list(text), rotation=0, ha="center", family="monospace")
    (date,) = model.predict([text])
    axes.set_title(f"{text}  \N{RIGHTWARDS ARROW}  {date}", loc="left")
plt.show()

# %%
# **What to try next.** ``predict_nbest`` searches more widely (``beam_size``) and gives the
# runners-up, and ``score_samples`` tells which translations to have looked at. For words instead of
# characters leave the encoders out.
#
# **What it does badly.** It has learned eight forms, and no calendar: a ninth form is read as if it
# were one of the eight, and nothing keeps it from writing a day that does not exist.

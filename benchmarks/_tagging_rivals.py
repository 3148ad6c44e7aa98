"""What `RNNTagger` is held against: counted tags, sklearn-crfsuite, a plain torch loop."""

from collections import Counter, defaultdict

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

PAD, UNKNOWN = 0, 1


class MostFrequentTag:
    """Give each word the tag that it mostly had; unknown words get the commonest tag of all."""

    def fit(self, X, y):
        counts = defaultdict(Counter)
        for words, tags in zip(X, y, strict=True):
            for word, tag in zip(words, tags, strict=True):
                counts[word][tag] += 1
        self.tags_ = {word: of_word.most_common(1)[0][0] for word, of_word in counts.items()}
        self.commonest_ = sum(counts.values(), Counter()).most_common(1)[0][0]
        return self

    def predict(self, X):
        return [[self.tags_.get(word, self.commonest_) for word in words] for words in X]


# ------------------------------------------------------------------------------------ crfsuite


class CrfSuite:
    """`sklearn_crfsuite.CRF` with the word-shape features of its tutorial, on lists of words."""

    def __init__(self):
        from sklearn_crfsuite import CRF

        self.model = CRF(
            algorithm="lbfgs", c1=0.1, c2=0.1, max_iterations=100, all_possible_transitions=True
        )

    def fit(self, X, y):
        self.model.fit(list(map(sentence_features, X)), y)
        return self

    def predict(self, X):
        return self.model.predict(list(map(sentence_features, X)))


def sentence_features(words):
    """The features of each word: its own, its neighbours', and the words two steps away."""
    own = [word_features(word) for word in words]
    rows = []
    for place, word in enumerate(words):
        row = {"bias": 1.0, "suffix3": word[-3:], "suffix2": word[-2:], **own[place]}
        for distance in (-2, -1, 1, 2):
            if 0 <= place + distance < len(words):
                told = own[place + distance] if abs(distance) == 1 else {}
                told = told | {"lower": words[place + distance].lower()}
                row |= {f"{distance:+d}:{name}": value for name, value in told.items()}
        row |= {"first": place == 0, "last": place == len(words) - 1}
        rows.append(row)
    return rows


def word_features(word):
    """What is told of a word wherever it stands."""
    return {
        "lower": word.lower(),
        "is_upper": word.isupper(),
        "is_title": word.istitle(),
        "is_digit": word.isdigit(),
    }


# -------------------------------------------------------------------------- the plain torch loop


class TaggedSentences(Dataset):
    """One sentence at a time: ids of its words, numbers of its tags."""

    def __init__(self, X, y):
        self.words = {word: i for i, word in enumerate(distinct(X, str.lower), start=2)}
        self.tags = {tag: i for i, tag in enumerate(distinct(y))}
        self.X, self.y = X, y

    def __len__(self):
        return len(self.X)

    def __getitem__(self, index):
        words = [self.words.get(word.lower(), UNKNOWN) for word in self.X[index]]
        return torch.tensor(words), torch.tensor([self.tags[tag] for tag in self.y[index]])


def distinct(rows, form=lambda item: item):
    """Every item once, in the order in which they first come."""
    return dict.fromkeys(form(item) for row in rows for item in row)


def collate(samples):
    """Pad the sentences of a batch."""
    words, tags = zip(*samples, strict=True)
    lengths = torch.tensor([len(row) for row in words])
    return pad_sequence(words, batch_first=True), pad_sequence(tags, batch_first=True), lengths


class PackedTagger(nn.Module):
    """Embedding, packed LSTM both ways, linear layer, and the CRF of pytorch-crf."""

    def __init__(self, n_words, n_tags, embedding_dim, hidden_size, dropout):
        super().__init__()
        from torchcrf import CRF

        self.embedding = nn.Embedding(n_words, embedding_dim, padding_idx=PAD)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(embedding_dim, hidden_size, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden_size, n_tags)
        self.crf = CRF(n_tags, batch_first=True)

    def loss(self, words, tags, lengths):
        """Mean negative log-likelihood of a sentence."""
        steps = self.dropout(self.embedding(words))
        packed = pack_padded_sequence(steps, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        scores = self.head(self.dropout(states))  # (batch, time, tags)
        return -self.crf(scores, tags, mask=words != PAD, reduction="mean")


class PlainLoop:
    """A BiLSTM-CRF written the usual way; `epoch` runs once over the data."""

    def __init__(self, X, y, *, embedding_dim, hidden_size, dropout, batch_size, lr, clip):
        torch.manual_seed(0)
        data = TaggedSentences(X, y)
        self.clip = clip
        self.batches = DataLoader(data, batch_size, shuffle=True, collate_fn=collate)
        self.module = PackedTagger(
            len(data.words) + 2, len(data.tags), embedding_dim, hidden_size, dropout
        )
        self.optimizer = torch.optim.AdamW(self.module.parameters(), lr)

    def epoch(self):
        self.module.train()
        for batch in self.batches:
            self.optimizer.zero_grad()
            self.module.loss(*batch).backward()
            nn.utils.clip_grad_norm_(self.module.parameters(), self.clip)
            self.optimizer.step()

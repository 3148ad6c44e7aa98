"""flair's `SequenceTagger` on vectors and characters of words that it trains itself."""

import tempfile

import flair
import torch
from flair.data import Corpus, Dictionary, Sentence
from flair.datasets import FlairDatapointDataset
from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
from flair.models import SequenceTagger
from flair.trainers import ModelTrainer

from programs._tagging_sizes import EMBEDDING_SIZE, EPOCHS, HIDDEN_SIZE

LABEL = "tag"


def tagged(X, y):
    """flair's sentences, each word with its tag."""
    sentences = []
    for words, tags in zip(X, y, strict=True):
        sentence = Sentence(list(words))
        for token, tag in zip(sentence, tags, strict=True):
            token.add_label(LABEL, tag)
        sentences.append(sentence)
    return FlairDatapointDataset(sentences)


def characters_of(X):
    """The characters of the words, as flair numbers them."""
    characters = Dictionary(add_unk=True)
    for character in sorted({c for words in X for word in words for c in word}):
        characters.add_item(character)
    return characters


class FlairTagger:
    """One LSTM both ways over words and characters, softmax; trained as its tutorial does."""

    packages = ("flair", "torch", "numpy")

    def __init__(self, task, seed):
        self.task, self.seed = task, seed

    def fit(self):
        flair.set_seed(self.seed)
        flair.device = torch.device("cpu")
        train = tagged(self.task.X_train, self.task.y_train)
        corpus = Corpus(train=train, sample_missing_splits=False)
        words = OneHotEmbeddings.from_corpus(corpus, min_freq=1, embedding_length=EMBEDDING_SIZE)
        characters = CharacterEmbeddings(characters_of(self.task.X_train))
        self.model = SequenceTagger(
            StackedEmbeddings([words, characters]),
            corpus.make_label_dictionary(LABEL, add_unk=False),
            LABEL,
            hidden_size=HIDDEN_SIZE,
            use_crf=False,
        )
        with tempfile.TemporaryDirectory() as folder:
            ModelTrainer(self.model, corpus).train(
                folder,
                learning_rate=0.1,
                mini_batch_size=32,
                max_epochs=self.task.epochs or EPOCHS,
                embeddings_storage_mode="none",
                save_final_model=False,
                create_file_logs=False,
                create_loss_file=False,
            )

    def predict(self):
        sentences = [Sentence(list(words)) for words in self.task.X_test]
        self.model.predict(sentences, mini_batch_size=32)
        return [[token.get_label(LABEL).value for token in sentence] for sentence in sentences]

"""sklearn-crfsuite with the word-shape features of its tutorial."""

from _tagging_rivals import CrfSuite


class CrfSuiteTagger:
    """The rival of ``bench_tagging.py``; making the features is part of either time."""

    packages = ("sklearn-crfsuite", "python-crfsuite")

    def __init__(self, task, seed):
        self.task = task  # its optimiser draws nothing

    def fit(self):
        self.model = CrfSuite().fit(self.task.X_train, self.task.y_train)

    def predict(self):
        return [list(tags) for tags in self.model.predict(self.task.X_test)]

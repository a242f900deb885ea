import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from by_hand import Perceptron

sys.path.append(str(Path(__file__).parents[1] / "mapping"))  # models that readers are tried on


class Digits:
    """A small perceptron that knows scikit-learn's digits, and images it has not seen."""

    def __init__(self):
        from sklearn.datasets import load_digits
        from sklearn.neural_network import MLPClassifier

        x, y = load_digits(return_X_y=True)
        x, seen = x / 16, np.arange(len(x)) % 3 > 0
        self.x, self.y, self.typical = x[~seen], y[~seen], x[seen][:200]
        self.model = MLPClassifier((25,), alpha=1e-3, max_iter=120, tol=0, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it need not converge
            self.model.fit(x[seen], y[seen])
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        self.layers = [(w.T, b) for w, b in pairs]
        self.exact = Perceptron(self.layers, "differential", (64, 50))(self.x)

    def accuracy(self, outputs):
        return float((outputs.argmax(axis=1) == self.y).mean())

    def error(self, outputs):
        """Root of the mean squared error of the outputs."""
        return float(np.sqrt(((outputs - self.exact) ** 2).mean()))


@pytest.fixture(scope="session")
def digits():
    return Digits()

"""Estimators of scikit-learn as networks."""

import numpy as np
import pandas as pd
import pytest
from placed_networks import hardware
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.datasets import load_digits
from sklearn.decomposition import NMF, PCA, FastICA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import BaggingRegressor, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    Lasso,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeRegressor

from xbarsim import Network, SpecError, map_network
from xbarsim.mapping import from_sklearn

X, Y = load_digits(return_X_y=True)
X, Y = X[:300] / 16, Y[:300]


@pytest.mark.parametrize(
    ("model", "method"),
    [
        (LogisticRegression(), "decision_function"),
        (RidgeClassifier(), "decision_function"),
        (LinearSVC(), "decision_function"),
        (SGDClassifier(random_state=0), "decision_function"),
        (LinearDiscriminantAnalysis(), "decision_function"),
        (OneVsRestClassifier(LinearSVC()), "decision_function"),
        (make_pipeline(StandardScaler(), "passthrough", LinearSVC()), "decision_function"),
        (GridSearchCV(RidgeClassifier(), {"alpha": [1, 10]}, cv=2), "decision_function"),
        (Ridge(), "predict"),
        (Lasso(1e9), "predict"),
        (SVR(kernel="linear"), "predict"),
        (PLSRegression(3), "predict"),
        (BaggingRegressor(Ridge(), n_estimators=3, random_state=0), "predict"),
        (TransformedTargetRegressor(Ridge(), transformer=StandardScaler()), "predict"),
        (PCA(5, whiten=True), "transform"),
        (TruncatedSVD(5, random_state=0), "transform"),
        (FastICA(5, random_state=0, tol=0.1), "transform"),
        (GaussianRandomProjection(5, random_state=0), "transform"),
        (SparseRandomProjection(5, random_state=0), "transform"),
        (MinMaxScaler(), "transform"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_network_of_an_affine_estimator_gives_what_it_gives(model, method):
    model.fit(X, Y)
    network = Network(map_network(model, hardware()))
    network.program()
    wanted = getattr(model, method)(X)
    found = network(X).reshape(wanted.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())


def test_method_may_be_named():
    model = LinearDiscriminantAnalysis().fit(X, Y)
    found = from_sklearn(model, "transform").run(X)
    np.testing.assert_allclose(found, model.transform(X), rtol=1e-9, atol=1e-9)


def test_frozen_estimator_is_read_as_what_it_holds():
    model = Ridge().fit(X, Y)
    assert (from_sklearn(FrozenEstimator(model)).run(X) == from_sklearn(model).run(X)).all()


def test_estimator_that_was_fitted_to_named_columns_is_read_without_warning():
    model = Ridge().fit(pd.DataFrame(X).add_prefix("pixel"), Y)
    np.testing.assert_allclose(from_sklearn(model).run(X), from_sklearn(Ridge().fit(X, Y)).run(X))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_perceptron_of_a_poisson_loss_predicts_rates():
    model = MLPRegressor("poisson", (8,), max_iter=5, random_state=0).fit(X, Y)
    np.testing.assert_allclose(from_sklearn(model).run(X)[:, 0], model.predict(X), rtol=1e-12)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (SVC(), "SVC has no crossbar form.*LinearSVC"),
        (SVC(kernel="linear"), "SVC.decision_function is not affine"),  # votes of pairs
        (RandomForestClassifier(3), "RandomForestClassifier has no crossbar form"),
        (DecisionTreeRegressor(), "DecisionTreeRegressor has no crossbar form"),
        (KNeighborsRegressor(), "KNeighborsRegressor has no crossbar form"),
        (KernelRidge(kernel="rbf"), "KernelRidge has no crossbar form"),
        (make_pipeline(PCA(3), KNeighborsRegressor()), "Pipeline has no crossbar form"),
        (OneVsOneClassifier(LinearSVC()), "OneVsOneClassifier.decision_function is not affine"),
        (PoissonRegressor(), "PoissonRegressor.predict is not affine"),
        (MinMaxScaler(clip=True), "MinMaxScaler.transform is not affine"),
        (NMF(2, max_iter=500, tol=0.1), "NMF.transform cannot be tried: Negative values"),
    ],
    ids=lambda given: "" if isinstance(given, str) else type(given).__name__,
)
def test_estimators_without_a_crossbar_form_are_refused_by_name(model, why):
    with pytest.raises(SpecError, match=why):
        map_network(model.fit(X, Y), hardware())


@pytest.mark.parametrize("model", [Nystroem(), make_pipeline(Nystroem(), Ridge())])
def test_kernels_that_vanish_wherever_they_are_tried_are_refused(model):
    model.set_params(**{k: 5 for k in model.get_params() if k.endswith("n_components")})
    with pytest.raises(SpecError, match="not affine"):
        from_sklearn(model.fit(1e3 * X + 5e4, Y))


def test_example_shows_what_bends_between_the_points_that_are_tried():
    class Bent(Ridge):
        def predict(self, X):
            near = np.abs(X - 0.5).max(axis=1) < 0.2  # a bump in a small part of the inputs
            return super().predict(X) + near

    model = Bent().fit(X, Y)
    from_sklearn(model)
    from_sklearn(model, example=X)  # none of these is there
    with pytest.raises(SpecError, match="Bent.predict is not affine"):
        from_sklearn(model, example=np.full((1, 64), 0.5))


def test_estimator_that_is_not_fitted_is_refused():
    with pytest.raises(SpecError, match="not fitted; call fit first"):
        map_network(Ridge(), hardware())

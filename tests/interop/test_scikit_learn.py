"""Estimators of scikit-learn on crossbars."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris, load_wine, make_blobs
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import xbarsim as xs
from xbarsim.interop._links import link_of, one_vs_rest, softmax
from xbarsim.interop.scikit_learn import (
    CrossbarClassifier,
    CrossbarRegressor,
    CrossbarTransformer,
)

X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
A, B = load_diabetes(return_X_y=True)
B = (B - B.mean()) / B.std()
PCM = xs.Hardware(device=xs.load_device("joshi_2020"), dac=xs.Dac(bits=8), adc=xs.Adc(bits=8))
ALL = (CrossbarClassifier, CrossbarRegressor, CrossbarTransformer)


def rram(read_noise=0.1):
    return xs.Hardware(device=xs.load_device("wan_2022", read_noise=read_noise))


def small(kind, **settings):
    return kind(hidden_layer_sizes=(8,), solver="lbfgs", max_iter=300, random_state=0, **settings)


# ------------------------------------------------------------------ what ideal arrays give


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    "software",
    [
        small(MLPClassifier),
        LogisticRegression(),
        LogisticRegression(C=1e-3),
        LinearDiscriminantAnalysis(),
        OneVsRestClassifier(LogisticRegression()),
        SGDClassifier(loss="log_loss", random_state=0),
        LinearSVC(),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
    ids=lambda software: type(software).__name__,
)
def test_ideal_arrays_classify_as_the_software_does(software, classes):
    x, y = X[classes > Y], NAMES[classes > Y]
    chip = CrossbarClassifier(software).fit(x, y)
    exact = clone(software).fit(x, y)
    assert (chip.classes_ == exact.classes_).all()
    assert (chip.predict(x) == exact.predict(x)).all()
    assert chip.score(x, y) == exact.score(x, y)
    for method in ("decision_function", "predict_proba", "predict_log_proba"):
        if hasattr(exact, method):
            found, wanted = getattr(chip, method)(x), getattr(exact, method)(x)
            some = wanted > -15 if method == "predict_log_proba" else ...  # theirs loses digits
            np.testing.assert_allclose(found[some], wanted[some], rtol=1e-7, atol=1e-9)
    assert hasattr(chip, "predict_proba") == hasattr(exact, "predict_proba")


@pytest.mark.parametrize("targets", [B, B[:, None], np.stack([B, A[:, 0]], axis=1)])
@pytest.mark.parametrize("software", [small(MLPRegressor), LinearRegression(), Ridge(0.1)])
def test_ideal_arrays_predict_what_the_software_does(software, targets):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one target in a column, lbfgs at its limit
        chip = CrossbarRegressor(software).fit(A, targets)
        exact = clone(software).fit(A, targets)
    found, wanted = chip.predict(A), exact.predict(A)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=1e-10)


@pytest.mark.parametrize(
    "software", [PCA(2), TruncatedSVD(2, random_state=0), LinearDiscriminantAnalysis()]
)
def test_ideal_arrays_transform_as_the_software_does(software):
    chip, exact = CrossbarTransformer(software).fit(X, Y), clone(software).fit(X, Y)
    np.testing.assert_allclose(chip.transform(X), exact.transform(X), atol=1e-12)
    assert chip.get_feature_names_out().tolist() == ["crossbartransformer0", "crossbartransformer1"]


def test_ideal_arrays_are_the_default_and_so_are_a_perceptron_and_pca():
    assert CrossbarTransformer().fit(X).network_.placement.hardware.wires is None
    assert type(CrossbarTransformer().fit(X).estimator_) is PCA
    classifier = CrossbarClassifier(random_state=0).fit(X, NAMES)
    assert classifier.estimator_.coefs_[0].shape == (4, 64)
    assert (classifier.predict(X) == classifier.estimator_.predict(X)).all()
    regressor = CrossbarRegressor(random_state=0).fit(A, B)
    np.testing.assert_allclose(regressor.predict(A), regressor.estimator_.predict(A), atol=1e-9)


@pytest.mark.long
def test_inputs_of_single_precision_are_read_in_it():
    x = X.astype("float32")
    found = CrossbarTransformer(hardware=PCM, random_state=0).fit(x).transform(x)
    assert found.dtype == "float32"


# ------------------------------------------------------------------ chips, noise and age


def test_chip_and_training_follow_from_the_random_state():
    software = MLPClassifier((8,), solver="lbfgs", max_iter=300)
    first, again, other = (
        CrossbarClassifier(software, hardware=PCM, random_state=seed).fit(X, Y)
        for seed in (1, 1, 2)
    )
    for _ in range(2):
        assert (first.decision_function(X) == again.decision_function(X)).all()
    assert not np.allclose(first.estimator_.coefs_[0], other.estimator_.coefs_[0])


def test_given_seed_of_the_software_is_kept_while_chips_differ():
    software = small(MLPClassifier)
    one, other = (
        CrossbarClassifier(software, hardware=PCM, random_state=k).fit(X, Y) for k in (1, 2)
    )
    assert (one.estimator_.coefs_[0] == other.estimator_.coefs_[0]).all()
    assert software.get_params() == small(MLPClassifier).get_params()
    cells = [chip.network_.tiles["dense0", ""][0].g for chip in (one, other)]
    assert not np.allclose(*cells)


def standard_error(variances, n):
    """Of the sum of sample variances of n draws each, relative."""
    return np.sqrt(2 / (n - 1) * (variances**2).sum()) / variances.sum()


def test_every_call_is_a_read_with_fresh_noise_of_the_size_that_the_device_says():
    chip = CrossbarRegressor(Ridge(), hardware=rram(0.05), random_state=0).fit(A, B)
    reads = np.stack([chip.predict(A) for _ in range(60)])
    tile = chip.network_.tiles["dense0", ""][0]
    squares = (tile.g**2).sum(axis=-1)[0, 0]  # noise is in proportion to a cell's conductance
    wanted = tile.voltages(A)[0] ** 2 @ squares * (0.05 * tile.weight_per_ampere) ** 2
    ratio = reads.var(axis=0, ddof=1).sum() / wanted.sum()
    assert ratio == pytest.approx(1, abs=4 * standard_error(wanted, 60))


def test_mean_of_several_reads_has_so_many_times_less_variance():
    def variances(repeats):
        chip = CrossbarRegressor(Ridge(), hardware=rram(), repeats=repeats, random_state=0)
        chip.fit(A, B)
        assert chip.network_.ledger["reads"] == 0
        reads = np.stack([chip.predict(A) for _ in range(30)])
        assert chip.network_.ledger["reads"] == 30 * repeats
        return reads.var(axis=0, ddof=1)

    one, four = variances(1), variances(4)
    error = np.hypot(standard_error(one, 30), standard_error(four, 30))
    assert one.sum() / four.sum() == pytest.approx(4, rel=4 * error)


def test_age_may_be_set_after_fitting_and_back():
    chip = CrossbarTransformer(hardware=PCM, random_state=0).fit(X)
    tile = chip.network_.tiles["dense0", ""][0]
    fresh = tile.g
    chip.set_params(age="1 year").transform(X)
    assert tile.t == 365.25 * 86400
    assert tile.g.sum() < 0.9 * fresh.sum()  # it has drifted
    chip.set_params(age=None).transform(X)
    assert (tile.g == fresh).all()


def test_age_at_fit_is_that_of_the_first_read():
    chip = CrossbarTransformer(hardware=PCM, age=np.int64(3600), random_state=0).fit(X)
    assert chip.network_.t == 3600


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (1e-3, "age 0.001 s precedes the first read at 20 s"),
        ("3 V", "age: '3 V' is a voltage"),
        ("old", "age: 'old' is not a quantity"),
        (float("nan"), "age: nan is not finite"),
    ],
)
def test_age_that_the_device_does_not_know_is_refused(age, why):
    chip = CrossbarTransformer(hardware=PCM)
    with pytest.raises(xs.SpecError, match=why):
        clone(chip).set_params(age=age).fit(X)
    chip.fit(X)
    with pytest.raises(xs.SpecError, match=why):
        chip.set_params(age=age).transform(X)


def test_energy_is_that_of_the_chip():
    chip = CrossbarClassifier(LogisticRegression(), hardware=PCM, random_state=0).fit(X, Y)
    totals = chip.energy(X).totals()
    assert totals["imbalance"] < 1e-9
    assert totals["total"] == pytest.approx(
        xs.energy.estimate(chip.network_, X).totals()["total"], rel=1e-9
    )


# ------------------------------------------------------------------ inside scikit-learn


def test_search_runs_over_ages_and_devices():
    chips = {"hardware": [PCM, rram()], "age": np.array([3600, 86400])}
    search = GridSearchCV(
        CrossbarClassifier(LogisticRegression(), random_state=0), chips, cv=3, error_score="raise"
    )
    search.fit(X, NAMES)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.9
    assert search.best_estimator_.network_.placement.hardware in chips["hardware"]


def test_cross_validation_programs_a_chip_for_each_fold_and_repeats():
    made = make_pipeline(
        StandardScaler(),
        CrossbarTransformer(PCA(3), hardware=PCM, random_state=0),
        CrossbarClassifier(LogisticRegression(), hardware=PCM, random_state=0),
    )
    scores = cross_val_score(made, X, NAMES, cv=3, error_score="raise")
    assert (scores == cross_val_score(made, X, NAMES, cv=3)).all()
    assert scores.min() > 0.8


@pytest.mark.parametrize("kind", ALL)
def test_pickled_chip_goes_on_as_the_chip_does(kind):
    chip = kind(hardware=rram(), random_state=0, estimator=None if kind is ALL[2] else {
        ALL[0]: LogisticRegression(), ALL[1]: Ridge()}[kind])  # fmt: skip
    chip.fit(X, Y)
    method = "transform" if kind is CrossbarTransformer else "predict"
    getattr(chip, method)(X)
    other = pickle.loads(pickle.dumps(chip))
    assert (getattr(other, method)(X) == getattr(chip, method)(X)).all()


def test_clone_keeps_parameters_and_no_chip():
    chip = CrossbarClassifier(LogisticRegression(C=3), hardware=PCM, age="1 h", repeats=2)
    copied = clone(chip.fit(X, Y))
    assert copied.get_params()["estimator__C"] == 3
    assert (copied.hardware, copied.age, copied.repeats) == (PCM, "1 h", 2)
    with pytest.raises(NotFittedError):
        copied.predict(X)


def test_frozen_software_is_placed_as_it_is():
    exact = LogisticRegression().fit(X, Y)
    chip = CrossbarClassifier(FrozenEstimator(exact)).fit(X[:60], Y[:60])
    np.testing.assert_allclose(chip.predict_proba(X), exact.predict_proba(X), atol=1e-12)


def test_sample_weights_reach_the_software():
    weights = np.where(Y == 2, 5.0, 1.0)
    chip = CrossbarClassifier(LogisticRegression()).fit(X, Y, sample_weight=weights)
    exact = LogisticRegression().fit(X, Y, sample_weight=weights)
    np.testing.assert_allclose(chip.predict_proba(X), exact.predict_proba(X), atol=1e-12)
    with pytest.raises(xs.SpecError, match="LinearDiscriminantAnalysis takes no sample_weight"):
        CrossbarClassifier(LinearDiscriminantAnalysis()).fit(X, Y, sample_weight=weights)


def test_names_of_columns_are_kept_and_held_against():
    frame = pd.DataFrame(X, columns=list("abcd"))
    chip = CrossbarTransformer(PCA(2)).set_output(transform="pandas").fit(frame)
    assert chip.feature_names_in_.tolist() == list("abcd")
    assert list(chip.transform(frame)) == ["crossbartransformer0", "crossbartransformer1"]
    with pytest.raises(ValueError, match="feature names should match"):
        chip.transform(frame.rename(columns={"a": "z"}))


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("chip", "why"),
    [
        (CrossbarClassifier(hardware="joshi_2020"), "hardware is 'joshi_2020'; expected xbarsim.H"),
        (CrossbarClassifier("mlp"), "estimator is 'mlp'; expected an estimator of scikit-learn"),
        (CrossbarClassifier(LogisticRegression), "expected an estimator of scikit-learn"),
        (CrossbarClassifier(Ridge()), "estimator is a Ridge; expected a classifier"),
        (CrossbarRegressor(LinearSVC()), "estimator is a LinearSVC; expected a regressor"),
        (CrossbarTransformer(Ridge()), "estimator is a Ridge; expected a transformer"),
        (CrossbarClassifier(SVC()), "SVC has no crossbar form.*LinearSVC"),
        (CrossbarClassifier(DecisionTreeClassifier()), "DecisionTreeClassifier has no crossbar"),
        (CrossbarClassifier(SVC(kernel="linear", decision_function_shape="ovo")), "SVC does not p"),
    ],
    ids=lambda given: given[:24] if isinstance(given, str) else "",
)
def test_what_has_no_crossbar_form_is_refused_and_leaves_nothing_fitted(chip, why):
    with pytest.raises(xs.SpecError, match=why):
        chip.fit(X, Y)
    with pytest.raises(NotFittedError):
        getattr(chip, "predict" if hasattr(chip, "predict") else "transform")(X)


def test_failed_fit_takes_the_chip_of_the_fit_before_away():
    chip = CrossbarClassifier(LogisticRegression()).fit(X, Y)
    with pytest.raises(xs.SpecError):
        chip.set_params(estimator=SVC()).fit(X, Y)
    with pytest.raises(NotFittedError):
        chip.predict(X)


@pytest.mark.parametrize(
    "software", [SGDClassifier(loss="log_loss", random_state=0), LinearDiscriminantAnalysis()]
)
def test_classes_far_apart_have_the_probabilities_of_the_software_between_them_too(software):
    x, y = make_blobs(300, centers=[[-30, 0], [30, 0], [0, 50]], cluster_std=1.0, random_state=0)
    chip, exact = CrossbarClassifier(software).fit(x, y), clone(software).fit(x, y)
    certain = exact.predict_proba(x)
    assert ((certain < 1e-5) | (certain > 1 - 1e-5)).all()
    between = np.random.default_rng(0).uniform(-40, 60, (500, 2))
    np.testing.assert_allclose(chip.predict_proba(between), exact.predict_proba(between), atol=1e-9)


def test_links_are_found_where_the_software_loses_the_digits_of_probabilities():
    x, y = load_wine(return_X_y=True)  # with scores of -1e5 for all classes
    software = SGDClassifier(loss="log_loss", random_state=0)
    chip, exact = CrossbarClassifier(software).fit(x, y), clone(software).fit(x, y)
    some = exact.decision_function(x).max(axis=1) > -100
    np.testing.assert_allclose(chip.predict_proba(x[some]), exact.predict_proba(x[some]), atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_classes_that_are_those_of_the_highest_score_on_most_inputs_only_are_refused(seed):
    software = BaggingClassifier(
        LogisticRegression(C=10, max_iter=5000), n_estimators=9, max_samples=0.1, random_state=seed
    )
    with pytest.raises(xs.SpecError, match="BaggingClassifier does not predict the class of its"):
        CrossbarClassifier(software).fit(*load_iris(return_X_y=True))


def test_links_that_cannot_be_told_apart_are_not_taken():
    far = np.array([[90.0, -90.0, -90.0], [-90.0, 90.0, -90.0]])

    def certain(some):
        return np.eye(3)[:2][some]

    assert link_of(far, certain) is None
    assert link_of(far, certain, "softmax") is softmax
    assert link_of(far / 90, lambda some: np.exp(one_vs_rest(far / 90))[some]) is one_vs_rest


@pytest.mark.parametrize("scale", [1.0, 1e9, 1e-6])
def test_columns_of_very_different_sizes_are_read(scale):
    x = A[:, :3] * [1e9, 1.0, 1e-6]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chip = CrossbarRegressor(LinearRegression()).fit(x, scale * B + 1e10)
    np.testing.assert_allclose(chip.predict(x), chip.estimator_.predict(x), rtol=1e-12)


def test_probabilities_that_are_no_known_function_of_the_scores_are_not_offered():
    chip = CrossbarClassifier(SGDClassifier(loss="modified_huber", random_state=0))
    assert hasattr(chip, "predict_proba")
    assert not hasattr(chip.fit(X, Y), "predict_proba")
    assert chip.score(X, Y) > 0.9


@pytest.mark.parametrize("repeats", [0, 1.5, "2"])
def test_repeats_must_be_a_whole_number(repeats):
    chip = CrossbarTransformer(repeats=repeats)
    with pytest.raises(xs.SpecError, match="repeats is .* whole number"):
        chip.fit(X).transform(X)


@pytest.mark.parametrize("kind", ALL)
def test_bad_data_meets_the_errors_of_scikit_learn(kind):
    with pytest.raises(TypeError, match="Sparse data was passed"):
        kind().fit(sparse.csr_array(X), Y)
    with pytest.raises(ValueError, match="NaN"):
        kind().fit(np.where(X > 1, np.nan, X), Y)
    chip = kind(
        PCA() if kind is CrossbarTransformer else {ALL[0]: LinearSVC(), ALL[1]: Ridge()}[kind]
    )
    with pytest.raises(ValueError, match="3 features, but"):
        getattr(chip.fit(X, Y), "predict" if kind is not ALL[2] else "transform")(X[:, :3])

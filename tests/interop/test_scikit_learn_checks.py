"""The checks of scikit-learn for estimators, and why some cannot hold on noisy chips."""

import pytest
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.estimator_checks import check_estimator

import xbarsim as xs
from xbarsim.interop.scikit_learn import (
    CrossbarClassifier,
    CrossbarRegressor,
    CrossbarTransformer,
)

NOISY = xs.Hardware(
    device=xs.load_device("wan_2022", read_noise=0.1), dac=xs.Dac(bits=8), adc=xs.Adc(bits=8)
)
WEIGHTS = {
    "check_sample_weight_equivalence_on_dense_data": "wants outputs equal to 1e-7 after training "
    "on weighted and on repeated inputs; these are two reads, with ranges of converters that differ"
}
DECISIONS = {
    "check_classifiers_train": "wants the class of each input to be that of the highest score or "
    "probability of another call; that is another read, and inputs near a boundary change sides"
}
ORDER = {
    "check_decision_proba_consistency": "wants inputs ranked alike by scores and by probabilities; "
    "these are two reads"
}
# what scikit-learn itself leaves out: it needs a variable of the environment, or asks the tag
# `non_deterministic` whether two calls give the same
SKIPPED = {"check_array_api_input"}
NOT_TWICE = {
    "check_pipeline_consistency",
    "check_transformer_data_not_an_array",
    "check_transformer_general",
}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (CrossbarClassifier(), {}),
        (CrossbarClassifier(LogisticRegression()), {}),
        (CrossbarRegressor(), {}),
        (CrossbarRegressor(Ridge()), {}),
        (CrossbarTransformer(), {}),
        (CrossbarTransformer(LinearDiscriminantAnalysis()), {}),
        (CrossbarClassifier(LogisticRegression(), hardware=NOISY), WEIGHTS | DECISIONS | ORDER),
        (CrossbarRegressor(Ridge(), hardware=NOISY), WEIGHTS),
        (CrossbarTransformer(PCA(), hardware=NOISY), {}),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, CrossbarClassifier) else "",
)
def test_estimator_passes_the_checks_of_scikit_learn_but_those_explained(estimator, expected):
    results = check_estimator(estimator, expected_failed_checks=expected, on_skip=None)
    names = {
        status: {found["check_name"] for found in results if found["status"] == status}
        for status in ("passed", "xfail", "skipped")
    }
    assert len(names["passed"]) > 35
    assert names["xfail"] == set(expected)  # each explained failure does happen
    assert names["skipped"] <= SKIPPED | (NOT_TWICE if estimator.hardware else set())

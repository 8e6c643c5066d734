"""The catalogue says of each feature what it is, in the words and units of the loan."""

from __future__ import annotations

import pytest

from mlops_pipeline.src.data.schema import BY_NAME, DATE, Kind
from mlops_pipeline.src.features.catalogue import (
    BY_FEATURE,
    CATALOGUE,
    FEATURE_SET_VERSION,
    Feature,
    Role,
    columns_of,
)
from mlops_pipeline.src.features.leakage import FeatureAudit, LeakageAudit, Taint
from mlops_pipeline.src.features.selection import (
    POSITION_IN_TIME,
    LeakagePolicy,
    model_features,
)
from tests.support import descendants


@pytest.mark.parametrize("one", CATALOGUE, ids=lambda one: one.name)
def test_each_feature_is_described(one: Feature) -> None:
    assert BY_FEATURE[one.name] is one
    assert one.description == one.description.strip() != ""
    assert "\n" not in one.description


@pytest.mark.parametrize(
    "one", [one for one in CATALOGUE if one.compute is None], ids=lambda one: one.name
)
def test_a_taken_column_keeps_its_unit_and_description(one: Feature) -> None:
    column = BY_NAME[one.name]
    assert (one.unit, one.description) == (column.unit, column.description)
    named = column.kind in (Kind.CODE, Kind.CATEGORY)
    assert one.role is (Role.CATEGORY if named else Role.NUMERIC)


def test_roles() -> None:
    by_role = {role: [one.name for one in CATALOGUE if one.role is role] for role in Role}
    assert by_role[Role.CATEGORY] == ["tipo_credito", "tipo_laboral", "tendencia_ingresos"]
    assert by_role[Role.CALENDAR] == list(descendants({DATE}))
    assert len(by_role[Role.NUMERIC]) == 35 - 3 - 4


def test_every_column_is_its_own_descendant() -> None:
    for one in CATALOGUE:
        for source in one.sources:
            assert one.name in descendants({source})
        assert one.name in descendants({one.name})


def test_the_version_is_a_positive_number() -> None:
    assert FEATURE_SET_VERSION >= 1


def audit(tainted: tuple[str, ...]) -> LeakageAudit:
    """Give an audit that taints some features."""
    return LeakageAudit(
        tuple(
            FeatureAudit(one.name, 0.5, (Taint.AUC,) if one.name in tainted else ())
            for one in CATALOGUE
        ),
        row_order_auc=0.5,
        loans=100,
        late=50,
    )


def test_models_are_trained_on_clean_features_that_do_not_tell_the_time() -> None:
    names = model_features(audit(("puntaje", "ratio_puntajes")), LeakagePolicy.QUARANTINE)
    out = {"puntaje", "ratio_puntajes", *POSITION_IN_TIME}
    assert names == tuple(one.name for one in CATALOGUE if one.name not in out)
    assert len(names) == 30


def test_the_whole_catalogue_is_kept_only_where_that_is_asked_for() -> None:
    kept = model_features(audit(("puntaje", "ratio_puntajes")), LeakagePolicy.KEEP)
    assert kept == tuple(one.name for one in CATALOGUE)


def test_the_columns_of_features_are_their_sources() -> None:
    assert columns_of(()) == frozenset()
    assert columns_of(("tipo_laboral", "trimestre")) == {"tipo_laboral", DATE}
    assert columns_of(("ratio_puntajes",)) == {"puntaje", "puntaje_datacredito"}
    assert columns_of(BY_FEATURE) == {*BY_NAME}

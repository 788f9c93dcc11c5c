"""The made-up third regime is law like the others: it loads strictly and differs where code might still assume 2017."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from balance_analysis.errors import RegimeError
from balance_analysis.measures.items import METHODS
from balance_analysis.regimes import load_regime
from tests.county_tables import regime_2012, regime_2017
from tests.third_regime import ID, ITEMS, write_third_regime


def test_the_third_regime_loads_with_eight_of_ten_and_eighty_percent(tmp_path: Path) -> None:
    regime = load_regime(ID, on=date(2021, 8, 31), folder=write_third_regime(tmp_path))
    assert len(regime.indicators) == 10
    rule = regime.school_rule
    assert rule is not None
    assert (rule.indicators, rule.needed, rule.spared, rule.share_text) == (10, 8, 2, "80%")
    assert sum(one.shared for one in regime.indicators) == 5
    for indicator in regime.indicators:
        for measure in ("school_value", "cv"):
            for stage in ("primary", "junior_secondary"):
                assert regime.limit(indicator.id, measure, stage) is not None
    with pytest.raises(RegimeError, match="自 2020-01-01 起有效，不适用于 2019-12-31"):
        load_regime(ID, on=date(2019, 12, 31), folder=tmp_path)


def test_a_regime_that_judges_no_school_has_no_school_rule() -> None:
    assert regime_2012().school_rule is None


def test_no_id_of_the_third_regime_is_one_of_2017_and_every_limit_differs(tmp_path: Path) -> None:
    regime = load_regime(ID, on=date(2021, 8, 31), folder=write_third_regime(tmp_path))
    assert not [item.id for item in regime.items if item.id.startswith("B")]
    known = {(limit.measure, limit.stage, limit.value) for limit in regime_2017().limits}
    assert [limit.key for limit in regime.limits if (limit.measure, limit.stage, limit.value) in known] == []
    assert {item.method for item in ITEMS if item.method} <= set(METHODS)

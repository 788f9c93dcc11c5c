"""What each sample county is calibrated to, and its seeds, years and funding bases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rosters import BAGONGSHAN, HUANTAI, XIANGFEN, Entry


@dataclass(frozen=True)
class Fit:
    """Mean and coefficient of one indicator for both stages, in the unit of the published table."""

    primary_mean: float
    primary_cv: float
    junior_mean: float
    junior_cv: float


@dataclass(frozen=True)
class County:
    """Settings of one sample county; ranges are (low, high) of an even spread.

    ``seed`` starts the chance of the county; ``years`` ascend and the last one is calibrated.
    ``basics`` are population and money of the latest year where the sheet's own table has none, ``not_yet`` conclusions of evidence
    other than met by item and year. ``pe_arts_exact`` demands the counts search to reach the PE and arts figures to the printed digits.
    """

    seed: str
    name: str
    division_code: str
    years: tuple[int, ...]
    roster: tuple[Entry, ...]
    fits: Mapping[str, Fit]
    pe_arts: Fit
    pe_arts_exact: bool
    above_standard_share: tuple[float, float]
    backbone_per_100: tuple[float, float]
    multimedia_per_100: tuple[float, float]
    ordinary_rooms: str
    primary_funding_base: int
    junior_funding_base: int
    pupils_per_primary_teacher: float
    basics: Mapping[str, float] | None = None
    not_yet: Mapping[tuple[str, int], str] = field(default_factory=dict)


COUNTIES = (
    County(
        seed="桓台县-2017-14",
        name="桓台县",
        division_code="370321",
        years=(2015, 2016, 2017),
        roster=HUANTAI,
        # Targets: the figures printed in the annex of 桓政发〔2017〕21号, items B3 to B6.
        fits={
            "teaching": Fit(5.26, 0.4685, 5.83, 0.3483),
            "sports": Fit(13.63, 0.769, 17.21, 0.674),
            "equipment": Fit(2084, 0.31, 2813, 0.428),
        },
        pe_arts=Fit(1.5, 0.5046, 1.13, 0.3029),
        pe_arts_exact=True,
        above_standard_share=(0.91, 0.98),
        backbone_per_100=(1.15, 2.4),
        multimedia_per_100=(2.65, 4.2),
        ordinary_rooms="54_to_61",
        primary_funding_base=710,
        junior_funding_base=910,
        pupils_per_primary_teacher=19.2,
    ),
    County(
        seed="襄汾县-2017-3",
        name="襄汾县",
        division_code="141023",
        years=(2015, 2016, 2017),
        roster=XIANGFEN,
        fits={
            "teaching": Fit(4.92, 0.37, 6.14, 0.29),
            "sports": Fit(9.26, 0.53, 12.37, 0.42),
            "equipment": Fit(1873, 0.43, 2546, 0.38),
        },
        pe_arts=Fit(1.09, 0.44, 1.16, 0.33),
        pe_arts_exact=False,
        above_standard_share=(0.84, 0.96),
        backbone_per_100=(0.88, 2.0),
        multimedia_per_100=(2.15, 3.9),
        ordinary_rooms="73_to_96",
        primary_funding_base=600,
        junior_funding_base=800,
        pupils_per_primary_teacher=18.6,
    ),
    County(
        seed="八公山区-2020-1",
        name="八公山区",
        division_code="340405",
        years=(2019, 2020),
        roster=BAGONGSHAN,
        fits={
            "teaching": Fit(6.43, 0.17, 7.74, 0.15),
            "sports": Fit(10.42, 0.17, 13.36, 0.15),
            "equipment": Fit(2874, 0.17, 3462, 0.15),
        },
        pe_arts=Fit(1.46, 0.20, 1.43, 0.14),
        pe_arts_exact=False,
        above_standard_share=(0.93, 0.99),
        backbone_per_100=(1.25, 2.4),
        multimedia_per_100=(2.8, 4.4),
        ordinary_rooms="73_to_96",
        primary_funding_base=650,
        junior_funding_base=850,
        pupils_per_primary_teacher=17.4,
    ),
)

"""The seven counties of Anshan as the programme of 2018 lists them, with made-up schools: rosters from a seed, and what 2022 looks like.

The years of acceptance (2020 to 2023) are those of the programme's annex; everything else is simulated. Each county is given a story:
on time, late, on the way, far off, one with blanks, one with a closed and one with a merged school.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dice import Dice
from rosters import COMPLETE, JUNIOR, NINE, PRIMARY, SITE, SPECIAL, TWELVE, Entry
from settings import County, Fit

YEARS = (2016, 2017, 2018, 2019, 2020, 2021, 2022)
_NUMBERS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Story:
    """One county: how many schools of each kind, what its latest year looks like, what happened on the way.

    ``changes`` are fields of roster entries by school; ``blanks`` are (year, school, field) left empty.
    """

    name: str
    division_code: str
    urban: int
    town: int
    rural: int
    nine: int
    junior: int
    level: str
    changes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    blanks: tuple[tuple[int, str, str], ...] = ()
    not_yet: Mapping[tuple[str, int], str] = field(default_factory=dict)
    own_fits: Mapping[str, Fit] = field(default_factory=dict)
    pe_arts: Fit | None = None

    @property
    def short_name(self) -> str:
        """What the names of schools outside the county seat begin with: the sheets tell town and village schools by it."""
        return self.name.removesuffix("满族自治县").rstrip("区县市")


GOOD = {
    "teaching": Fit(6.9, 0.17, 8.4, 0.15),
    "sports": Fit(11.3, 0.19, 14.9, 0.17),
    "equipment": Fit(3150, 0.17, 3900, 0.15),
}
"""Means and coefficients of a county where every school meets the standards, with some room."""
MIXED = {
    "teaching": Fit(5.6, 0.37, 6.9, 0.27),
    "sports": Fit(11.2, 0.515, 14.2, 0.40),
    "equipment": Fit(2350, 0.36, 3050, 0.31),
}
POOR = {
    "teaching": Fit(5.3, 0.44, 6.5, 0.33),
    "sports": Fit(12.4, 0.68, 15.1, 0.52),
    "equipment": Fit(2060, 0.45, 2720, 0.39),
}
FITS: Mapping[str, Mapping[str, Fit]] = {"good": GOOD, "mixed": MIXED, "poor": POOR}
PE_ARTS = {
    "good": Fit(1.52, 0.19, 1.46, 0.14),
    "mixed": Fit(1.24, 0.41, 1.2, 0.31),
    "poor": Fit(1.12, 0.54, 1.1, 0.36),
}

STORIES = (
    Story("铁东区", "210302", urban=9, town=2, rural=0, nine=2, junior=5, level="good"),
    Story(
        "立山区", "210304", urban=8, town=2, rural=0, nine=2, junior=4, level="good",
        changes={"立山区模拟第一小学": {"crowded_primary": 6}, "立山区模拟第二小学": {"crowded_primary": 3}},
        pe_arts=Fit(1.3, 0.34, 1.28, 0.26),
    ),
    Story(
        "千山区", "210311", urban=2, town=4, rural=5, nine=2, junior=3, level="good",
        blanks=(
            (2017, "千山模拟第一村小学", "teaching_equipment_value_wan_cny"),
            (2018, "千山模拟第一村小学", "teaching_equipment_value_wan_cny"),
            (2022, "千山模拟第二镇中心小学", "multimedia_classrooms"),
        ),
    ),
    Story(
        "台安县", "210321", urban=0, town=7, rural=6, nine=2, junior=5, level="good",
        changes={"台安模拟第六村小学": {"until": 2019}},
    ),
    Story(
        "铁西区", "210303", urban=9, town=2, rural=0, nine=2, junior=5, level="good",
        pe_arts=Fit(1.28, 0.46, 1.2, 0.33),
        own_fits={"equipment": Fit(2480, 0.33, 3120, 0.29)},
        not_yet={("B25", year): "not_met" for year in YEARS[:5]},
    ),
    Story("海城市", "210381", urban=5, town=9, rural=8, nine=3, junior=8, level="mixed"),
    Story(
        "岫岩满族自治县", "210323", urban=0, town=7, rural=10, nine=3, junior=6, level="poor",
        changes={
            "岫岩模拟第九村小学": {"until": 2018, "merged_into": "岫岩模拟第三镇中心小学"}
        },
        not_yet={("B27", year): "not_assessable" for year in YEARS[:4]},
    ),
)  # fmt: skip


def _roster(story: Story) -> tuple[Entry, ...]:
    """Schools from the seed of the county: the larger first, sizes falling from town to village."""
    dice = Dice(f"鞍山-{story.name}")
    found: list[Entry] = []
    seat = "111" if story.urban else "121"
    seat_names = {f"第{number}{kind}" for number in _NUMBERS[:3] for kind in ("小学", "初级中学")}

    def add(name: str, kind: str, code: str, **given: object) -> None:
        rooms = story.level == "good"
        built = dice.between(1994, 2016)
        seat_school = code < "120" or (not story.urban and name in seat_names)
        first = story.name if seat_school else story.short_name
        entry = Entry(f"{first}模拟{name}", kind, code, built_year=built, full_size_rooms=rooms)
        found.append(replace(entry, **given))  # type: ignore[arg-type]

    for place in range(story.urban or 3):
        size = dice.between(820, 1500) - 60 * place
        add(
            f"第{_NUMBERS[place]}小学",
            PRIMARY,
            seat if place % 2 == 0 or seat == "121" else "112",
            primary=size,
        )
    for place in range(story.town - (0 if story.urban else 3)):
        add(
            f"第{_NUMBERS[place]}镇中心小学",
            PRIMARY,
            "121" if place % 3 else "122",
            primary=dice.between(320, 760),
        )
    for place in range(story.rural):
        add(f"第{_NUMBERS[place]}村小学", PRIMARY, "220", primary=dice.between(96, 260))
    if story.rural:
        add("教学点", SITE, "220", primary=dice.between(28, 66))
    for place in range(story.nine):
        code = ("112", "122") if story.urban else ("121", "220")
        add(
            f"第{_NUMBERS[place]}九年制学校", NINE, code[place % 2],
            primary=dice.between(360, 620), junior=dice.between(220, 380),
        )  # fmt: skip
    for place in range(story.junior):
        code = seat if place < 2 else "121"
        size = dice.between(760, 1240) if place < 2 else dice.between(420, 720)
        add(f"第{_NUMBERS[place]}初级中学", JUNIOR, code, junior=size, boarding=code == "121")
    add("完全中学", COMPLETE, seat, junior=dice.between(420, 700), senior=dice.between(900, 1300))
    if story.level != "poor":
        add(
            "学校（民办）", TWELVE, "112" if story.urban else "121", primary=dice.between(260, 420),
            junior=dice.between(180, 320), senior=dice.between(160, 280), non_government=True,
        )  # fmt: skip
    add("特殊教育学校", SPECIAL, seat, primary=dice.between(40, 70), junior=dice.between(14, 28))
    return tuple(replace(entry, **story.changes.get(entry.name, {})) for entry in found)  # type: ignore[arg-type]


def _basics(story: Story) -> dict[str, float]:
    dice = Dice(f"鞍山-{story.name}-区县")
    schools = story.urban + story.town + story.rural + story.junior
    return {
        "population_wan": round(schools * dice.uniform(1.6, 2.1), 2),
        "rural_population_wan": round(story.rural * dice.uniform(1.8, 2.6) + dice.uniform(1.1, 2.2), 2),
        "towns": max(2, story.town),
        "villages": 8 + 28 * story.rural,
        "gdp_per_capita_cny": dice.between(34000, 62000),
        "local_revenue_per_capita_cny": dice.between(2300, 4200),
        "rural_income_per_capita_cny": dice.between(15200, 18800),
        "urban_income_per_capita_cny": dice.between(33400, 39700),
        "fiscal_education_appropriation_wan_cny": round(schools * dice.uniform(1500, 1900), 2),
        "fiscal_recurrent_revenue_wan_cny": round(schools * dice.uniform(4600, 5400), 2),
        "education_cost_per_pupil_cny": round(dice.uniform(11800, 14900), 2),
        "teacher_average_salary_cny": dice.between(78000, 92000),
        "quota_share": 0.8 if story.level == "good" else 0.6,
    }


def county_of(story: Story) -> County:
    """The settings of one county for the generators of the three samples."""
    good = story.level == "good"
    return County(
        seed=f"鞍山-{story.name}-2022",
        name=story.name,
        division_code=story.division_code,
        years=YEARS,
        roster=_roster(story),
        fits={**FITS[story.level], **story.own_fits},
        pe_arts=story.pe_arts or PE_ARTS[story.level],
        pe_arts_exact=False,
        above_standard_share=(0.94, 0.99) if good else (0.88, 0.96),
        backbone_per_100=(1.3, 2.4) if good else (1.0, 2.1),
        multimedia_per_100=(2.9, 4.4) if good else (2.4, 4.0),
        ordinary_rooms="73_to_96",
        primary_funding_base=680,
        junior_funding_base=880,
        pupils_per_primary_teacher=17.6,
        basics=_basics(story),
        not_yet=story.not_yet,
    )

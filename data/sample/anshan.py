"""Write the simulated workbook of Anshan's seven counties, seven school years each: ``python data/sample/anshan.py``.

Seeded: every run writes the same bytes. Nothing here is a record of a real school.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anshan_counties import STORIES, Story, county_of
from county_sheets import county_rows, evidence_rows
from earlier_years import step_back
from schools import STAGES, School, build_latest_year, dependent_fields
from settings import County

from balance_analysis.reporting.template_file import write_template

FILE_NAME = "鞍山市.xlsx"
_CROWDING_A_YEAR = 0.2
"""Each year back has so much more of the crowded classes of the latest one."""
_ADDED = (
    "enrolment", "full_time_teachers", "teachers_associate", "teachers_bachelor", "teachers_master", "teachers_doctor",
    "backbone_teachers", "pe_teachers", "music_teachers", "fine_arts_teachers", "arts_teachers", "intermediate_title_teachers",
)  # fmt: skip
_SHARED = (
    "teaching_and_auxiliary_area_m2", "indoor_sports_area_m2", "sports_ground_area_m2", "teaching_equipment_value_wan_cny",
    "multimedia_classrooms", "teaching_computers", "books",
)  # fmt: skip


def build_county(county: County) -> dict[int, list[School]]:
    """All school years of a county, ascending; schools that were closed or merged are there up to their last year."""
    last = county.years[-1]
    every = {last: build_latest_year(county)}
    for year in reversed(county.years[:-1]):
        crowding = 1 + _CROWDING_A_YEAR * (last - year)
        every[year] = [step_back(school, county, crowding=crowding) for school in every[year + 1]]
    return {year: _of_year(every[year], year, county) for year in county.years}


def _of_year(schools: list[School], year: int, county: County) -> list[School]:
    by_name = {school.entry.name: school for school in schools}
    kept = []
    for school in schools:
        if school.entry.until is None or year <= school.entry.until:
            kept.append(school)
        elif school.entry.merged_into:
            _merge(by_name[school.entry.merged_into], school, county)
    return kept


def _merge(main: School, merged: School, county: County) -> None:
    """Pupils, teachers, buildings and equipment of a merged school are the main school's from then on."""
    for name in (*(f"{stage}_{part}" for stage in STAGES for part in _ADDED), *_SHARED):
        if name in main.row and merged.row.get(name) is not None:
            total = main.number(name) + merged.number(name)
            main.row[name] = round(total) if isinstance(main.row[name], int) else round(total, 2)
    dependent_fields(main, county, crowding=1.0)


def rows_of(story: Story) -> dict[str, list[dict[str, Any]]]:
    """The sheets' rows of one county, blanks included."""
    county = county_of(story)
    years = build_county(county)
    for year, name, field in story.blanks:
        (school,) = (one for one in years[year] if one.entry.name == name)
        school.row[field] = None
    return {
        "schools": [school.row for schools in years.values() for school in schools],
        "counties": county_rows(county, years),
        "evidence": evidence_rows(county),
    }


def write_city(folder: Path) -> Path:
    """Write the workbook of the seven counties into ``folder`` and return its path."""
    sheets: dict[str, list[dict[str, Any]]] = {}
    for story in STORIES:
        for sheet, rows in rows_of(story).items():
            sheets.setdefault(sheet, []).extend(rows)
    return write_template(folder / FILE_NAME, rows=sheets, county_name="鞍山市", simulated=True)


def main() -> None:
    """Command line: ``-o FOLDER`` (default: the folder ``anshan`` beside this file)."""
    parser = argparse.ArgumentParser(description="生成鞍山市七个区县的模拟工作簿")
    own = Path(__file__).resolve().parent / "anshan"
    parser.add_argument("-o", "--output", type=Path, default=own, metavar="文件夹")
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    print(write_city(folder))


if __name__ == "__main__":
    main()

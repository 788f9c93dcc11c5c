"""Write the simulated sample workbooks, one per county: ``python data/sample/generate.py``.

Seeded: every run writes the same bytes. Nothing here is a record of a real school.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from county_sheets import county_rows, evidence_rows, task_rows
from earlier_years import step_back
from grades import BIRTHS, file_grades
from schools import School, build_latest_year
from settings import COUNTIES, County

from balance_analysis.reporting.template_file import write_template

_CROWDING_BEFORE = {1: 1.2, 2: 1.45}


def build_county(county: County) -> dict[int, list[School]]:
    """All school years of a county, ascending; the last year is the calibrated one."""
    years = {county.years[-1]: build_latest_year(county)}
    for back, year in enumerate(reversed(county.years[:-1]), start=1):
        later = years[year + 1]
        years[year] = [step_back(school, county, crowding=_CROWDING_BEFORE[back]) for school in later]
    return dict(sorted(years.items()))


def write_county(county: County, folder: Path) -> Path:
    """Write one workbook into ``folder`` and return its path."""
    years = build_county(county)
    latest = max(years)
    entered = file_grades(years[latest])
    county_sheet = county_rows(county, years)
    for row in county_sheet:
        back = latest - int(str(row["school_year"]))
        row["births"] = round(entered * BIRTHS[-1 - back])
    rows = {
        "schools": [school.row for schools in years.values() for school in schools],
        "counties": county_sheet,
        "evidence": evidence_rows(county),
        "tasks": task_rows(county),
    }
    return write_template(folder / f"{county.name}.xlsx", rows=rows, county_name=county.name, simulated=True)


def main() -> None:
    """Command line: ``-o FOLDER`` (default: the folder of this file)."""
    parser = argparse.ArgumentParser(description="生成模拟示例工作簿")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path(__file__).resolve().parent, metavar="文件夹"
    )
    folder: Path = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for county in COUNTIES:
        print(write_county(county, folder))


if __name__ == "__main__":
    main()

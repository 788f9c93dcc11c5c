"""Counties drawn from a seed: all school types, campuses, sites at 49/50/51, private schools, blanks, several years.

They fill our own template, so that everything from the reader to the diagnosis runs on them. ``python -m
tests.generated_counties FOLDER --counties 200`` writes workbooks and an ``index.json`` with the regime, overlays and
target year of each; ``benchmarks/same_figures.py`` compares what two checkouts make of them.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from balance_analysis.workbook.layouts import Field, load_layout

Row = dict[str, Any]
DEGREES = {
    "primary": ("associate", "bachelor", "master", "doctor"),
    "junior_secondary": ("bachelor", "master", "doctor"),
}
STAGES_OF = {
    "primary_school": ("primary",),
    "teaching_site": ("primary",),
    "junior_secondary_school": ("junior_secondary",),
    "nine_year": ("primary", "junior_secondary"),
    "twelve_year": ("primary", "junior_secondary", "senior_secondary"),
    "complete_secondary": ("junior_secondary", "senior_secondary"),
    "special_education": ("primary",),
}
TYPES = (
    "primary_school",
    "junior_secondary_school",
    "teaching_site",
    "nine_year",
    "twelve_year",
    "complete_secondary",
)
SHARES = (0.46, 0.24, 0.12, 0.1, 0.03, 0.05)
AREAS = ("111", "112", "121", "122", "123", "210", "220")
BANDS = ("up_to_25", *(f"{low}_to_{low + 4}" for low in range(26, 66, 5)), "66_and_above")
ROOMS = (
    *(f"music_rooms_{name}" for name in ("96_and_above", "73_to_96", "61_to_73", "54_to_61")),
    *(f"art_rooms_{name}" for name in ("90_and_above", "67_to_90", "61_to_67", "54_to_61")),
)
EVIDENCE = (
    "B8",
    "B9",
    "B17",
    "B22",
    "B25",
    *(f"B{n}" for n in range(27, 31)),
    "E1",
    "E2",
    *(f"V{n}" for n in range(1, 7)),
)
OVERLAYS_2017 = (
    (), (), (), ("concession_2019_pe_arts_teachers", "concession_2019_sports_grounds"),
    ("concession_2019_older_rooms", "concession_2019_small_rural_rooms", "concession_2019_school_size"),
    ("special_education_8000",), ("per_pupil_base_example",),
)  # fmt: skip


def county(
    seed: int,
    *,
    schools: int = 20,
    years: int = 1,
    blanks: float = 0.0,
    complete: bool = True,
    first_year: int = 2017,
) -> dict[str, list[Row]]:
    """Rows of every sheet of one county.

    ``blanks`` is the share of voluntary figures left empty; ``complete`` False leaves out the sheets of the county
    and of the evidence. The same arguments give the same rows.
    """
    draw = random.Random(seed)
    code, name = f"{draw.randrange(11, 66)}{draw.randrange(1000, 9999):04d}", f"模拟{seed}县"
    level = draw.choice((0.85, 1.0, 1.15, 1.4))  # how well off the county is
    kept = [_school(draw, number, code, name, level) for number in range(schools)]
    for number, row in enumerate(kept):
        if (
            number
            and draw.random() < 0.08
            and row["school_type"] in ("primary_school", "teaching_site", "nine_year")
        ):
            main = draw.choice([other for other in kept[:number] if other["counted_as_school"]])
            row |= {"counted_as_school": False, "main_school_code": main["school_code"]}
    rows: list[Row] = []
    for year in range(first_year, first_year + years):
        for row in kept:
            if draw.random() < 0.02 and year > first_year and row["counted_as_school"]:
                continue  # not reported this year: a school that vanishes
            rows.append(_filed(draw, row, year, blanks))
        kept = [_next_year(draw, row) for row in kept]
    present = {(row["school_year"], row["school_code"]) for row in rows}
    rows = [
        row
        for row in rows
        if row["counted_as_school"] or (row["school_year"], row["main_school_code"]) in present
    ]
    tables: dict[str, list[Row]] = {"schools": rows}
    if complete:
        spans = range(first_year, first_year + years)
        tables["counties"] = [_county_row(draw, code, name, year, blanks) for year in spans]
        tables["evidence"] = [row for year in spans for row in _evidence(draw, code, year)]
    return tables


def _school(draw: random.Random, number: int, code: str, county_name: str, level: float) -> Row:
    kind = draw.choices(TYPES, SHARES)[0] if number > 1 else TYPES[number]
    if number and draw.random() < 0.01:
        kind = "special_education"
    stages = STAGES_OF[kind]
    size = {"teaching_site": draw.choice((12, 31, 49, 50, 51, 75))}.get(
        kind, int(draw.lognormvariate(6, 0.7)) + 60
    )
    row: Row = {
        "division_code": code, "county": county_name, "school_code": f"{code}{number:04d}",
        "school_name": f"{county_name}第{number + 1}学校", "school_type": kind,
        "sponsor_type": draw.choices(("7", "10", "5", "1", None), (0.84, 0.1, 0.02, 0.02, 0.02))[0],
        "urban_rural_code": draw.choice(AREAS), "boarding": draw.random() < 0.3, "counted_as_school": True,
        "built_year": draw.choice((1985, 2004, 2010, 2011, 2016, 2019)),
        "central_district_of_large_city": draw.random() < 0.1, "_level": level * draw.lognormvariate(0, 0.2),
    }  # fmt: skip
    for stage in ("primary", "junior_secondary", "senior_secondary"):
        row[f"{stage}_enrolment"] = int(size * draw.uniform(0.4, 1.1)) if stage in stages else 0
    if kind == "teaching_site":
        row["primary_enrolment"] = size
    return row


def _next_year(draw: random.Random, row: Row) -> Row:
    changed = dict(row)
    for stage in STAGES_OF[row["school_type"]]:
        changed[f"{stage}_enrolment"] = max(1, round(row[f"{stage}_enrolment"] * draw.uniform(0.94, 1.06)))
    changed["_level"] = row["_level"] * draw.uniform(0.98, 1.06)
    return changed


def _filed(draw: random.Random, row: Row, year: int, blanks: float) -> Row:
    """One filed row: figures per pupil around the limits, some of them exactly at one."""
    level, filed = row["_level"], {name: value for name, value in row.items() if name != "_level"}
    filed["school_year"] = year
    pupils = sum(filed[f"{stage}_enrolment"] for stage in ("primary", "junior_secondary", "senior_secondary"))
    voluntary: Row = {"migrant_children_enrolment": int(pupils * draw.choice((0, 0.1, 0.5, 0.6)))}
    largest = teachers_of_all = 0
    for stage in ("primary", "junior_secondary"):
        number = filed[f"{stage}_enrolment"]
        if not number:
            continue
        per_class = draw.choice((22, 33, 38, 43, 45, 48))
        classes = max(1, math.ceil(number / per_class))
        voluntary[f"{stage}_catchment_enrolment"] = round(number * draw.choice((1, 1, 0.97, 0.95, 0.9)))
        voluntary[f"{stage}_grades"] = 6 if stage == "primary" else 3
        voluntary[f"{stage}_classes"] = classes
        biggest = math.ceil(number / classes) + draw.choice((0, 0, 0, 2, 8))
        largest = max(largest, biggest)
        bands = dict.fromkeys(BANDS, 0)
        bands[_band(math.ceil(number / classes))] += classes - 1
        bands[_band(biggest)] += 1
        voluntary |= {f"{stage}_classes_{name}": count for name, count in bands.items()}
        teachers = max(2, round(number * draw.uniform(0.05, 0.08) * level))
        teachers_of_all += teachers
        voluntary[f"{stage}_full_time_teachers"] = teachers
        above = max(
            1,
            round(
                number * draw.choice((0.042, 0.0357, 0.053, 0.04505, 0.05, 0.06)) * draw.choice((1, level))
            ),
        )
        above = min(above, teachers)
        for degree in DEGREES[stage]:
            share = above // 2 if degree in ("associate", "bachelor") else 0
            voluntary[f"{stage}_teachers_{degree}"] = share
        voluntary[f"{stage}_teachers_bachelor"] += above - sum(
            voluntary[f"{stage}_teachers_{d}"] for d in DEGREES[stage]
        )
        voluntary[f"{stage}_backbone_teachers"] = min(
            teachers, round(number * draw.choice((0.01, 0.0085, 0.012, 0.006)))
        )
        for subject in ("pe", "music", "fine_arts", "arts"):
            voluntary[f"{stage}_{subject}_teachers"] = round(number * draw.uniform(0, 0.005))
        voluntary[f"{stage}_intermediate_title_teachers"] = round(teachers * draw.uniform(0.3, 0.7))
        voluntary[f"{stage}_shared_pe_arts_teachers"] = draw.choice((0, 1, 2))
    voluntary["largest_class_size"] = largest
    voluntary["certified_full_time_teachers"] = teachers_of_all - draw.choice((0, 0, 0, 1))
    voluntary["teachers_trained_360_hours"] = teachers_of_all - draw.choice((0, 0, 0, 2))
    area = draw.choice((4.5, 3.825, 5.8, 4.93, 6.1, 5.0)) * draw.choice((1, level)) * pupils
    indoor = draw.choice((0.0, 0.0, 120.5, 640.25)) if pupils > 200 else 0.0
    voluntary |= {
        "teaching_and_auxiliary_area_m2": round(area + indoor, 2), "indoor_sports_area_m2": indoor,
        "sports_ground_area_m2": round(draw.choice((7.5, 6.375, 10.2, 8.67, 9.1, 12)) * draw.choice((1, level)) * pupils, 2),
        "other_on_site_sports_area_m2": draw.choice((0, 0, 300)), "leased_sports_area_m2": draw.choice((0, 0, 512.5)),
        "teaching_equipment_value_wan_cny": round(draw.choice((0.2, 0.17, 0.25, 0.2125, 0.31)) * draw.choice((1, level)) * pupils, 4),
        "multimedia_classrooms": max(0, round(draw.uniform(0.015, 0.032) * level * pupils)),
        "teaching_computers": round(draw.uniform(0.05, 0.2) * level * pupils), "books": round(draw.uniform(10, 40) * level * pupils),
        "operating_funds_budget_wan_cny": round(pupils * 0.08, 2), "operating_funds_actual_wan_cny": round(pupils * 0.08 * draw.uniform(0.9, 1.6), 2),
        "teacher_training_budget_wan_cny": round(pupils * 0.08 * draw.choice((0.05, 0.06, 0.049)), 3),
    }  # fmt: skip
    voluntary |= {name: draw.choice((0, 1, 1, 2)) for name in ROOMS}
    if filed["junior_secondary_enrolment"]:
        entrants = max(1, filed["junior_secondary_enrolment"] // 3)
        voluntary |= {
            "graduates": round(entrants * draw.choice((1, 0.97, 0.95, 0.93))), "entrants_three_years_ago": entrants,
            "moved_in_three_years": draw.choice((0, 3)), "moved_out_three_years": draw.choice((0, 2)), "deaths_three_years": 0,
        }  # fmt: skip
    return filed | {name: (None if draw.random() < blanks else value) for name, value in voluntary.items()}


def _band(size: int) -> str:
    if size <= 25:
        return BANDS[0]
    return BANDS[-1] if size > 65 else BANDS[1 + (size - 26) // 5]


def _county_row(draw: random.Random, code: str, name: str, year: int, blanks: float) -> Row:
    growth = 1.03 ** (year - 2016)
    figures: Row = {
        "population_wan": 41.5,
        "rural_population_wan": 20.25,
        "towns": 9,
        "villages": 210,
        "primary_funding_base_cny": 710,
        "junior_secondary_funding_base_cny": 910,
        "special_education_funds_cny": draw.choice((600000, 599000, 800000)),
        "special_education_pupils": 100,
        "teacher_mean_pay_cny": draw.choice((90000, 91000, 89000)),
        "civil_servant_mean_pay_cny": 90000,
        "rotation_eligible_teachers": 500,
        "rotated_teachers": draw.choice((50, 49, 70)),
        "rotated_backbone_teachers": draw.choice((10, 14, 9)),
        "good_senior_school_places": 1000,
        "good_senior_school_quota": draw.choice((500, 499, 700)),
        "good_senior_school_quota_rural": draw.choice((200, 400)),
        "eligible_migrant_children": 400,
        "migrant_children_in_public_schools": draw.choice((340, 300)),
        "migrant_children_in_purchased_places": draw.choice((0, 40)),
        "disabled_children": 100,
        "disabled_children_enrolled": draw.choice((95, 94, 99)),
        "questionnaires": 1000,
        "valid_questionnaires": 950,
        "satisfied_questionnaires": draw.choice((808, 807, 900)),
        "interviews": 50,
        "satisfied_interviews": draw.choice((43, 42, 48)),
        "school_standards_score": draw.choice((85, 84.9, 92)),
        "government_work_score": draw.choice((85, 84.9, 92)),
        "fiscal_education_appropriation_wan_cny": round(60000 * growth * draw.uniform(0.99, 1.03), 2),
        "fiscal_recurrent_revenue_wan_cny": round(90000 * growth, 2),
        "education_cost_per_pupil_cny": round(9000 * growth, 2),
        "teacher_average_salary_cny": round(80000 * growth, 2),
        "operating_funds_per_pupil_cny": round(900 * growth, 2),
    }
    head = {"school_year": year, "division_code": code, "county": name}
    return head | {key: (None if draw.random() < blanks else value) for key, value in figures.items()}


def _evidence(draw: random.Random, code: str, year: int) -> list[Row]:
    head = {"school_year": year, "division_code": code}
    rows: list[Row] = [
        {**head, "item": item, "conclusion": draw.choices(("met", "not_met", "not_assessable"), (0.93, 0.04, 0.03))[0],
         "reference": f"文件{draw.randrange(90)}号", "responsible_office": draw.choice(("县教育局", "县财政局", None))}
        for item in EVIDENCE if draw.random() < 0.95
    ]  # fmt: skip
    rows += [
        {**head, "item": "B31", "conclusion": "met", "subject": subject, "achievement_level": draw.choice(("Ⅲ", "Ⅲ", "Ⅱ")),
         "inter_school_difference_rate": draw.choice((0.12, 0.149, 0.15))}
        for subject in ("语文", "数学")
    ]  # fmt: skip
    return rows


def write_workbook(path: Path, tables: Mapping[str, Sequence[Row]]) -> Path:
    """Fill our own template with these rows, plainly and fast; texts as text, numbers as numbers."""
    layout = load_layout("own_template")
    words = {
        kind: {value: word for word, value in choices.items()} for kind, choices in layout.choices.items()
    }
    with xlsxwriter.Workbook(str(path), {"in_memory": True}) as book:
        for sheet in layout.sheets:
            if sheet.table not in tables:
                continue
            page = book.add_worksheet(sheet.name)
            for column, field in enumerate(sheet.fields):
                page.write_string(0, column, field.header)
                for line, row in enumerate(tables[sheet.table], start=1):
                    value = _shown(field, row.get(field.name), words)
                    if isinstance(value, str):
                        page.write_string(line, column, value)
                    elif value is not None:
                        page.write_number(line, column, value)
    return path


def _shown(field: Field, value: Any, words: Mapping[str, Mapping[str, str]]) -> Any:
    if value is None:
        return None
    if field.type == "boolean":
        return "是" if value else "否"
    return words[field.choices].get(value, value) if field.choices else value


def plan(number: int) -> dict[str, Any]:
    """How the ``number``-th county of the campaign is drawn and judged."""
    draw = random.Random(f"plan {number}")
    regime = "quality_balance_2017" if number % 3 else "basic_balance_2012"
    years = draw.choice((1, 1, 2, 5, 6))
    first_year = 2012 if regime == "basic_balance_2012" else draw.choice((2017, 2018, 2019))
    overlays = (
        draw.choice(OVERLAYS_2017) if regime == "quality_balance_2017" and first_year + years > 2019 else ()
    )
    return {
        "seed": number, "schools": draw.choice((2, 5, 9, 14, 22, 35, 57)), "years": years, "first_year": first_year,
        "blanks": draw.choice((0.0, 0.0, 0.01, 0.05, 0.3)), "complete": draw.random() < 0.8, "regime": regime,
        "overlays": list(overlays), "target_year": first_year + years + 1 if draw.random() < 0.7 else None,
    }  # fmt: skip


def write_campaign(folder: Path, counties: int) -> list[dict[str, Any]]:
    """Write the workbooks of ``counties`` drawn counties and the index of how each is judged."""
    folder.mkdir(parents=True, exist_ok=True)
    index = []
    for number in range(counties):
        entry = plan(number)
        drawn = {
            name: entry[name] for name in ("seed", "schools", "years", "first_year", "blanks", "complete")
        }
        path = write_workbook(folder / f"county_{number:04d}.xlsx", county(**drawn))
        index.append(entry | {"file": path.name})
    (folder / "index.json").write_text(json.dumps(index, indent=1, ensure_ascii=False), encoding="utf-8")
    return index


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counties", type=int, default=200)
    options = parser.parse_args()
    write_campaign(options.folder, options.counties)

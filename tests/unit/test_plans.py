"""The plans as data: every figure that the documents promise, every quote found in its document, every mistake named."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from balance_analysis.errors import RegimeError
from balance_analysis.programmes import (
    list_plans,
    load_plan,
    plan_timetable,
    plans_overview,
    roadmap_rows,
)
from balance_analysis.programmes.model import MULTIPLES
from tests.county_tables import ROOT, row_of
from tests.golden.seed_texts import DOCUMENTS, entries

WORDS_FOR_FIGURES = {
    ("anshan_2018", "first_county_2020"): "至少有一个",
    ("anshan_2018", "all_counties_2023"): "全部",
    ("huantai_2017", "schools_met"): "所有",
    ("huantai_2017", "equipment"): "所有",
    ("huantai_2017", "group_schooling_2020"): "全覆盖",
    ("huantai_2017", "new_school"): "筹建学校",  # one: 筹建一处九年一贯制学校 in the main text
    ("shanting_2017", "dangerous_buildings"): "消除",
    ("xiangfen_2017", "archive_years"): "三個",
    ("bagongshan_2020", "growths"): "三个",
    ("bagongshan_2020", "class_size"): "消除",
    ("huantai_2017", "maker_spaces"): "均建立",
    ("huantai_2017", "platforms_built"): "公共服务平台和",  # two: 教育资源 and 教育管理
    ("huantai_2017", "first_grades"): "杜绝",
    ("shanting_2017", "broadband"): "全面实现",
    ("shanting_2017", "multimedia"): "全面实现",
    ("shanting_2017", "teacher_computers"): "全面实现",
    ("shanting_2017", "all_schools"): "有一所学校不过关，全区就不过关",
    ("xiangfen_2017", "training_cycle"): "五年",
}
"""Commitments whose figure is a word in the document."""
LONGEST_QUOTE = 80


def promised(plan_id: str) -> dict[str, tuple[Decimal, str]]:
    """Figures in base units (元 instead of 万元)."""
    return {
        entry.id: (entry.value * MULTIPLES[entry.unit[0]], entry.base_unit)
        if entry.base_unit != entry.unit
        else (entry.value, entry.unit)
        for entry in load_plan(plan_id).commitments
    }


def test_the_five_plans_are_there_by_date_of_issue() -> None:
    assert [plan.id for plan in list_plans()] == [
        "shanting_2017",
        "xiangfen_2017",
        "huantai_2017",
        "anshan_2018",
        "bagongshan_2020",
    ]


@pytest.mark.parametrize("plan_id", sorted(DOCUMENTS))
def test_quotes_are_short_citations(plan_id: str) -> None:
    assert [name for name, quote in entries(load_plan(plan_id)) if len(quote) > LONGEST_QUOTE] == []


@pytest.mark.parametrize("plan_id", sorted(DOCUMENTS))
def test_every_promised_figure_stands_in_its_quote(plan_id: str) -> None:
    for entry in load_plan(plan_id).commitments:
        wanted = WORDS_FOR_FIGURES.get((plan_id, entry.id), str(entry.value))
        assert wanted in entry.quote, entry.id


@pytest.mark.parametrize("plan_id", sorted(DOCUMENTS))
def test_no_name_of_a_person_is_carried(plan_id: str) -> None:
    """The seeds list the members of the leading groups as 姓名 + 职务; offices are kept, posts of persons are not."""
    offices = {
        office for task in load_plan(plan_id).tasks for office in (*task.offices, *task.supporting_offices)
    }
    assert offices
    assert [
        office for office in offices if re.search(r"局长|主任|县长|区长|镇长|书记|主席|理事长|同志", office)
    ] == []


def test_huantai_promises_what_its_document_says() -> None:
    found = promised("huantai_2017")
    assert found["recruits"] == (Decimal(110), "名")
    assert found["group_schooling_2018"] == (Decimal(80), "%")
    assert found["group_schooling_2020"] == (Decimal(100), "%")
    assert found["quota"] == (Decimal(70), "%")
    assert found["new_places"] == (Decimal(7300), "个")
    due = {entry.id: entry.due for entry in load_plan("huantai_2017").commitments}
    assert due["recruits"] == date(
        2018, 9, 30
    )  # annex 2, B3; the recruits are at their schools by the end of August
    assert due["group_schooling_2018"] == date(2018, 12, 31)
    assert due["group_schooling_2020"] == due["new_school"] == date(2020, 12, 31)


def test_huantais_tasks_have_the_deadlines_of_its_document() -> None:
    deadlines = {task.id: task.deadline for task in load_plan("huantai_2017").tasks}
    assert deadlines["training"] == date(2017, 12, 5)
    assert deadlines["self_check"] == date(2017, 12, 10)
    assert deadlines["plan"] == date(2017, 12, 30)
    assert deadlines["mobilisation"] == date(2018, 1, 20)
    assert deadlines["school_self_check"] == date(2018, 1, 31)
    assert deadlines["county_self_assessment"] == date(2018, 3, 31)
    assert deadlines["schools_rectify"] == date(2018, 4, 30)
    assert deadlines["towns_rectify"] == date(2018, 5, 31)
    assert deadlines["all_rectified"] == deadlines["B3"] == date(2018, 9, 30)
    assert deadlines["recruits_in_place"] == date(2018, 8, 31)
    assert deadlines["B12"] == date(2020, 12, 31)
    assert [name for name, day in deadlines.items() if name.startswith("B") and day] == [
        "B3",
        "B4",
        "B5",
        "B6",
        "B10",
        "B11",
        "B12",
    ]


@pytest.mark.parametrize(
    ("code", "year"),
    [
        ("210302", 2020),
        ("210304", 2020),
        ("210311", 2021),
        ("210321", 2022),
        ("210303", 2022),
        ("210381", 2023),
        ("210323", 2023),
    ],
)
def test_anshan_goes_county_by_county(code: str, year: int) -> None:
    """铁东 and 立山 2020, 千山 2021, 台安 and 铁西 2022, 海城 and 岫岩 2023 (annex of the document)."""
    plan = load_plan("anshan_2018")
    assert plan.target_year(code) == year
    recognition = next(entry for entry in plan.commitments if entry.id == "recognition")
    assert plan.deadline_of(recognition, code) == date(year, 12, 31)


def test_anshan_promises_the_composite_recognition_and_a_filed_plan() -> None:
    plan, found = load_plan("anshan_2018"), promised("anshan_2018")
    assert found["composite_primary"] == (Decimal("0.50"), "1")
    assert found["composite_junior"] == (Decimal("0.45"), "1")
    assert found["recognition"] == (Decimal(85), "%")
    assert next(task for task in plan.tasks if task.id == "work_plan").deadline == date(2018, 9, 30)
    assert plan.target_years == (2020, 2021, 2022, 2023)
    assert plan.head.overlays == ("anshan",)


def test_a_county_that_anshans_annex_does_not_name_has_no_target_year() -> None:
    assert load_plan("anshan_2018").target_year("210399") is None


def test_huantai_has_its_six_projects_and_the_milestones_of_2017() -> None:
    """六大工程 are the sections 三（一）–（六）; 2017年12月 stands at B2, B3 and B6 of annex 2."""
    plan = load_plan("huantai_2017")
    assert [section.name[:4] for section in plan.sections[:6]] == [f"三（{sign}）" for sign in "一二三四五六"]
    projects = {section.id for section in plan.sections[:6]}
    assert {task.section for task in plan.tasks} >= projects
    in_2017 = [task for task in plan.tasks if task.belongs_to and task.deadline == date(2017, 12, 31)]
    assert {task.belongs_to for task in in_2017} == {"B2", "B3", "B6"}
    feedback = next(task for task in plan.tasks if task.id == "all_rectified")
    assert (feedback.step, feedback.offices) == ("advance", ())


def test_xiangfens_scores_are_due_when_the_province_judges() -> None:
    """6月份,接受省政府教育督導委員會辦公室對我縣創建工作的督導評估."""
    plan = load_plan("xiangfen_2017")
    scores = ("school_standards", "government_work", "composite_primary", "composite_junior", "satisfaction")
    due = {entry.id: entry.due for entry in plan.commitments if entry.id in scores}
    assert set(due) == set(scores)
    assert set(due.values()) == {date(2017, 6, 30)}
    parts = [task.belongs_to for task in plan.tasks]
    assert (parts.count("eight_aspects"), parts.count("archive")) == (8, 6)


def test_a_plan_without_a_date_shows_none() -> None:
    plan = load_plan("bagongshan_2020")
    assert plan.citation.endswith("印发日期未注明")
    assert "2020" not in plan.citation


def test_what_anshan_promises_for_itself_is_no_countys_promise() -> None:
    plan = load_plan("anshan_2018")
    whole = {entry.id for entry in plan.commitments if entry.whole_place}
    assert whole == {"first_county_2020", "all_counties_2023"}
    assert not whole & {entry.id for entry in plan.commitments_of("210321")}
    assert whole < {entry.id for entry in plan.commitments_of("2103")}
    assert {target.partners for target in plan.targets} == {
        (),
        ("千山风景区",),
        ("高新区",),
        ("经济开发区",),
    }
    assert next(task for task in plan.tasks if task.items == ("B25",)).name.endswith("规章制度")


def test_shantings_land_revenue_is_a_task_of_four_offices() -> None:
    """财政、国税、地税、教育等部门要通力协作."""
    found = next(entry for entry in load_plan("shanting_2017").commitments if entry.id == "land_revenue")
    assert found.offices == ("财政部门", "国税部门", "地税部门", "区教育局")


def test_shanting_promises_its_building_works_in_the_units_of_the_document_and_in_base_units() -> None:
    found = promised("shanting_2017")
    assert found["rebuilt_schools"] == (Decimal(26), "处")
    assert found["canteens"] == (Decimal(11), "处")
    assert found["toilets"] == (Decimal(7), "处")
    assert found["building_area"] == (Decimal(39000), "平方米")
    assert found["weak_schools_investment"] == (Decimal(69340000), "元")
    assert found["class_size_projects"] == (Decimal(23), "个")
    assert found["class_size_new"][0] + found["class_size_extended"][0] == 23
    assert found["places"] == (Decimal(18000), "个")
    assert found["class_size_finance"] == (Decimal(280000000), "元")
    assert found["function_rooms"] == (Decimal(25), "处")


def test_shantings_dates_are_march_august_and_november_2017() -> None:
    steps = load_plan("shanting_2017").steps
    assert [(step.start.month, step.end.month) for step in steps] == [(3, 3), (8, 8), (11, 11)]


def test_xiangfen_promises_scores_composite_rotation_and_transfers() -> None:
    found = promised("xiangfen_2017")
    assert found["school_standards"] == found["government_work"] == (Decimal(85), "分")
    assert found["satisfaction"] == (Decimal(85), "%")
    assert found["composite_primary"] == (Decimal("0.65"), "1")
    assert found["composite_junior"] == (Decimal("0.55"), "1")
    assert found["rotation"] == (Decimal(10), "%")
    assert (found["transfer_primary"][0], found["transfer_junior"][0]) == (Decimal(100), Decimal(142))


def test_xiangfen_quotes_keep_the_characters_of_the_document() -> None:
    quotes = dict(entries(load_plan("xiangfen_2017")))
    assert "小學" in quotes["commitment transfer_primary"]


def test_bagongshan_has_four_stages_and_three_parts_of_the_last() -> None:
    plan = load_plan("bagongshan_2020")
    stages = [(step.id, step.start, step.end) for step in plan.steps if not step.part_of]
    assert stages == [
        ("mobilisation", date(2020, 1, 1), date(2020, 8, 31)),
        ("self_check", date(2020, 9, 1), date(2020, 12, 31)),
        ("advance", date(2021, 1, 1), date(2021, 12, 31)),
        ("acceptance", date(2022, 1, 1), date(2022, 12, 31)),
    ]
    parts = [(step.start, step.end) for step in plan.steps if step.part_of == "acceptance"]
    assert parts == [
        (date(2022, 1, 1), date(2022, 6, 30)),
        (date(2022, 7, 1), date(2022, 10, 31)),
        (date(2022, 11, 1), date(2022, 12, 31)),
    ]
    assert plan.target_years == (2022,)
    assert promised("bagongshan_2020")["support_teaching"] == (Decimal(2), "年")


# --- a county's own plan, and every mistake in it ------------------------------------------------------------

OWN = """
id = "own_2023"
place = "模拟县"
division_code = "010203"
title = "模拟县实施方案"
issuer = "模拟县人民政府"
issued = 2023-01-10
regime = "quality_balance_2017"

[[target]]
id = "county"
place = "模拟县"
year = 2025
name = "通过国家认定"
quote = "2025年通过国家认定"

[[step]]
id = "first"
name = "第一阶段"
start = 2023-01-01
end = 2023-12-31
quote = "第一阶段（2023年）"

[[task]]
id = "rooms"
name = "增建专用教室"
offices = ["县教育局"]
items = ["B10"]
step = "first"
deadline = 2023-08-31
quote = "8月底前完成"

[[commitment]]
id = "quota"
name = "名额分配"
value = "60"
unit = "%"
measured_by = "item_figure"
subject = "B21"
figure = "quota_share"
quote = "名额分配比例60%"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "own_2023.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_county_loads_its_own_plan_by_path(tmp_path: Path) -> None:
    plan = load_plan(write(tmp_path, OWN))
    assert (plan.place, plan.target_year("010203"), plan.covers("010203")) == ("模拟县", 2025, True)
    assert plan.citation == "《模拟县实施方案》，模拟县人民政府，2023年1月10日"
    assert load_plan(str(tmp_path / "own_2023.toml")) == plan


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('place = "模拟县"\ndivision', 'plaec = "模拟县"\ndivision', "不认识的键“plaec”"),
        ('issuer = "模拟县人民政府"\n', "", "缺少“issuer”"),
        ('quote = "名额分配比例60%"\n', "", "[[commitment]] quota：缺少“quote”"),
        ('value = "60"', "value = 60", "应为加引号的数字文本"),
        ('value = "60"', 'value = "六十"', "应为加引号的数字文本（如"),
        ("issued = 2023-01-10", 'issued = "2023-01-10"', "应为日期"),
        ("[[step]]", "[[stage]]", "不认识的键“stage”"),
        ("[[task]]\n", "[task]\n", "应写成 [[task]]"),
        ('id = "first"', 'id = "other"', "step 应为一个阶段的 id，发现“first”"),
        ("end = 2023-12-31", "end = 2022-12-31", "结束日期 2022-12-31 早于开始日期 2023-01-01"),
        ('items = ["B10"]', 'items = ["B99"]', "没有项目 B99"),
        ('subject = "B21"', 'subject = "B77"', "没有项目 B77"),
        ('figure = "quota_share"', 'figure = "share"', "项目 B21 没有数字 share；可用：quota_share"),
        ('figure = "quota_share"\n', "", "须填写“figure”"),
        ('quote = "名额分配比例60%"', 'reason = "无"\nquote = "名额分配比例60%"', "不能填写“reason”"),
        ('measured_by = "item_figure"', 'measured_by = "guess"', "measured_by"),
        ('"quality_balance_2017"', '"quality_2099"', "没有评估办法 quality_2099"),
        ("year = 2025", "year = 2021", "目标年 2021 早于方案印发的 2023 年"),
        ('division_code = "010203"', 'division_code = "县"', "division_code 应为六位行政区划代码"),
        ('offices = ["县教育局"]', "offices = []", "offices 不能为空"),
        (
            'offices = ["县教育局"]',
            'offices = ["县教育局"]\noffices_note = "没有写"',
            "二者只填一个",
        ),
        ('step = "first"', 'step = "first"\nbelongs_to = "nothing"', "belongs_to 应为一项任务的 id"),
        ('step = "first"', 'step = "first"\nsection = "nothing"', "section 应为一个 [[section]] 的 id"),
        ("deadline = 2023-08-31", "deadline = 2023-08-31\ndue_at_target = true", "只能填写一个"),
        (
            'step = "first"\n',
            'step = "first"\nstart = 2023-09-01\n',
            "结束日期 2023-08-31 早于开始日期 2023-09-01",
        ),
        ('name = "第一阶段"', 'name = "第一阶段"\npart_of = "nothing"', "part_of 应为一个阶段的 id"),
        ('id = "quota"', "id = ", "不是有效的 TOML"),
        ('id = "quota"', 'id = ["quota"]', "[[commitment]] B21：“id”应为文本，发现一个列表"),
        (
            'place = "模拟县"\ndivision',
            'place = { name = "模拟县" }\ndivision',
            "“place”应为文本，发现一个表",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in OWN
    with pytest.raises(RegimeError) as caught:
        load_plan(write(tmp_path, OWN.replace(old, new, 1)))
    assert message in str(caught.value)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = (
        OWN.replace('value = "60"', "value = 60")
        .replace('items = ["B10"]', 'items = ["B99"]')
        .replace("year = 2025", "")
    )
    with pytest.raises(RegimeError) as caught:
        load_plan(write(tmp_path, text))
    for message in ("应为加引号的数字文本", "没有项目 B99", "缺少“year”"):
        assert message in str(caught.value)


def test_what_is_missing_is_said_in_words_that_fit_a_plan(tmp_path: Path) -> None:
    with pytest.raises(RegimeError) as caught:
        load_plan(write(tmp_path, OWN.replace('name = "名额分配"\n', "")))
    assert str(caught.value) == "own_2023.toml [[commitment]] quota：缺少“name”，请补上"


def test_two_entries_of_the_same_id_are_refused(tmp_path: Path) -> None:
    task = OWN[OWN.index("[[task]]") : OWN.index("[[commitment]]")]
    with pytest.raises(RegimeError, match="id 重复"):
        load_plan(write(tmp_path, OWN + task))


def test_a_plan_without_a_target_year_is_refused(tmp_path: Path) -> None:
    start, end = OWN.index("[[target]]"), OWN.index("[[step]]")
    with pytest.raises(RegimeError, match="请写明目标年"):
        load_plan(write(tmp_path, OWN[:start] + OWN[end:]))


def test_a_part_outside_its_stage_is_refused(tmp_path: Path) -> None:
    part = '\n[[step]]\nid = "late"\nname = "尾声"\npart_of = "first"\nstart = 2023-12-01\nend = 2024-01-31\nquote = "尾声"\n'
    with pytest.raises(RegimeError, match="超出所属阶段 first"):
        load_plan(write(tmp_path, OWN + part))


def test_a_ratio_of_fields_that_the_form_lacks_is_refused(tmp_path: Path) -> None:
    ratio = (
        'measured_by = "county_ratio"\nnumerator = "teachers_on_leave"\ndenominator = "rotated_teachers"\n'
    )
    old = 'measured_by = "item_figure"\nsubject = "B21"\nfigure = "quota_share"\n'
    with pytest.raises(RegimeError, match="填报表“区县”没有字段 teachers_on_leave"):
        load_plan(write(tmp_path, OWN.replace(old, ratio)))


def test_a_name_of_two_offices_is_refused(tmp_path: Path) -> None:
    two = '\n[[office]]\nname = "县教育局"\nalso = ["教体局"]\n\n[[office]]\nname = "教体局"\n'
    with pytest.raises(RegimeError, match="名称“教体局”出现在2个单位中"):
        load_plan(write(tmp_path, OWN + two))


def test_rooms_for_classes_of_a_field_that_the_form_lacks_are_refused(tmp_path: Path) -> None:
    covered = (
        'measured_by = "schools_covered"\nnumerator = "multimedia_classrooms"\n'
        'denominator = "primary_classes + lessons"\n'
    )
    old = 'measured_by = "item_figure"\nsubject = "B21"\nfigure = "quota_share"\n'
    with pytest.raises(RegimeError, match="填报表“学校”没有字段 lessons"):
        load_plan(write(tmp_path, OWN.replace(old, covered)))


def test_a_coefficient_without_its_stage_is_refused(tmp_path: Path) -> None:
    old = 'measured_by = "item_figure"\nsubject = "B21"\nfigure = "quota_share"\n'
    with pytest.raises(RegimeError, match="差异系数分学段计算"):
        load_plan(write(tmp_path, OWN.replace(old, 'measured_by = "every_coefficient"\n')))


def test_an_unknown_plan_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RegimeError, match="没有方案“huantai”；可用：anshan_2018"):
        load_plan("huantai")


def test_a_file_in_another_encoding_is_answered_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "own_2023.toml"
    path.write_bytes(OWN.encode("gb18030"))
    with pytest.raises(RegimeError, match="请另存为 UTF-8"):
        load_plan(path)


def test_the_example_in_the_documentation_loads(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "user" / "实施方案.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    plan = load_plan(write(tmp_path, example))
    assert {entry.measured_by.value for entry in plan.commitments} == {
        "item",
        "item_figure",
        "coefficient",
        "every_coefficient",
        "schools_share",
        "indicator_share",
        "county_ratio",
        "reported",
    }


# --- timetable ------------------------------------------------------------------------------------------------


def test_the_timetable_keeps_the_promise_as_text_and_the_parts_behind_their_stage() -> None:
    frame = plan_timetable(load_plan("bagongshan_2020"))
    steps = list(frame.loc[frame["kind"] == "step", "id"])
    assert steps[3:] == ["acceptance", "acceptance_precheck", "acceptance_gaps", "acceptance_final"]
    frame = plan_timetable(load_plan("anshan_2018"))
    assert row_of(frame, kind="commitment", id="composite_primary")["promise"] == "0.50"


def test_a_deadline_in_each_countys_target_year_has_no_single_date() -> None:
    row = row_of(plan_timetable(load_plan("anshan_2018")), kind="commitment", id="recognition")
    assert str(row["deadline"]) == "NaT"
    assert "期限为各县（市、区）目标年" in row["note"]


def test_the_roadmap_joins_tasks_of_the_same_day_and_draws_nothing_without_a_date() -> None:
    rows = roadmap_rows(plan_timetable(load_plan("huantai_2017")))
    assert row_of(rows, label="B3、B4、B5、B6、B10、B11")["count"] == 6
    assert not rows["end"].isna().any()
    assert "优质高中招生名额分配比例" not in set(rows["label"])


def test_the_overview_counts_what_each_plan_holds() -> None:
    row = row_of(plans_overview(list_plans()), id="huantai_2017")
    assert (row["steps"], row["tasks"], row["commitments"], row["target_years"]) == (
        3,
        len(load_plan("huantai_2017").tasks),
        15,
        "2018",
    )

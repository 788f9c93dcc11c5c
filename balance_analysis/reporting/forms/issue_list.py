"""问题台账: every issue of the county and of its schools, with the lack in whole natural units, office and deadline."""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.exact import as_filed
from balance_analysis.explain.shortfalls import resource_shortfalls, share_text
from balance_analysis.reporting.forms.application_form import write_cover
from balance_analysis.reporting.forms.sheets import Book, Page
from balance_analysis.reporting.forms.styles import DASH, UNKNOWN, WHOLE, decimals
from balance_analysis.reporting.forms.tasks import Task, county_tasks, write_deadline
from balance_analysis.terms import COMPOSITE, Outcome
from balance_analysis.words.labels import COMPOSITE_NAME, RELATIONS, STAGES
from balance_analysis.words.numbers import school_year

SCHOOL_ISSUE_COLUMNS: Final = (
    "school_code", "school_name", "stage", "item", "name", "value", "value_decimals", "limit", "limit_decimals",
    "relation", "shortfall", "shortfall_to_floor", "unit", "shortfall_decimals", "verdict", "detail", "whole_campus",
)  # fmt: skip
COUNTY_ISSUE_COLUMNS: Final = ("stage", "item", "name", "requirement", "detail", "outcome", "office")
MUST = "须整改"
TOLERATED = "容许短板"
CAMPUS_NOTE: Final = "多学段学校的用房、场地、设备和多媒体教室由各学段共用，缺口为全校合计；两个学段都有缺口的取较大者，不相加。"
YUAN: Final = {"元": 1, "万元": 10000}
"""Yuan in one unit of money."""
MEASURE_NAMES: Final = {
    "music_rooms": "音乐专用教室",
    "art_rooms": "美术专用教室",
    "enrolment_single_stage": "学校规模",
    "enrolment_nine_or_twelve_year": "学校规模（义务教育阶段）",
    "oversize_classes": "超标班级",
    "operating_funds": "小规模学校公用经费",
    "completion_share": "360学时培训完成率",
    "certified_share": "教师资格证持证率",
    "nearby_share": "就近划片入学比例",
    "retention_rate": "三年巩固率",
    "training_share": "教师培训经费占比",
}


def school_issues(county: CountyAssessment, item_schools: pd.DataFrame) -> pd.DataFrame:
    """One row per school, stage and thing that is below its limit or not known (SCHOOL_ISSUE_COLUMNS).

    Resources come first (:func:`resource_shortfalls`), then the rows of ``item_schools``. ``verdict`` is 须整改,
    容许短板 (a value below its limit that a passing school may have) or 无法判定. Sorted by the order of the
    schools in Ⅱ-2, then stage, then item.
    """
    header = county.tables.header
    share = share_text(county.regime)
    below = f"低于标准值的{share}。" if share else "低于标准值。"
    between = f"低于标准值，不低于其{share}。"
    rows: list[dict[str, Any]] = []
    for row in resource_shortfalls(county).to_dict("records"):
        indicator = county.regime.indicator(str(row["indicator"]))
        unknown = row["outcome"] == Outcome.NOT_ASSESSABLE
        missing = "、".join(header("schools", name) for name in str(row["missing"]).split("、") if name)
        shared = bool(row["whole_campus"]) and not unknown
        level = below if row["outcome"] == Outcome.NOT_MET else between
        rows.append(
            {
                **{
                    name: row[name]
                    for name in ("school_code", "school_name", "stage", "value", "limit", "unit")
                },
                "item": indicator.item,
                "name": indicator.name,
                "value_decimals": indicator.decimals,
                "limit_decimals": _limit_decimals(county, indicator.id, row["stage"]),
                "relation": _relation(county, indicator.id, row["stage"]),
                "shortfall": row["shortfall"],
                "shortfall_to_floor": row["shortfall_to_floor"],
                "shortfall_decimals": row["decimals"],
                "verdict": UNKNOWN if unknown else TOLERATED if row["tolerated"] else MUST,
                "detail": f"缺报：{missing}。" if unknown else level + ("缺口为全校合计。" if shared else ""),
                "whole_campus": shared,
            }
        )
    for row in item_schools.to_dict("records"):
        rows.append(
            {
                **{
                    name: row[name]
                    for name in ("school_code", "school_name", "stage", "item", "value", "limit", "relation")
                },
                "name": MEASURE_NAMES.get(str(row["measure"]), county.regime.item(str(row["item"])).name),
                "value_decimals": _places(row["value"], row["limit"]),
                "limit_decimals": _places(row["limit"]),
                "shortfall": _whole(row["shortfall"], str(row["unit"])),
                "shortfall_to_floor": math.nan,
                "unit": "元" if row["unit"] in YUAN else row["unit"],
                "shortfall_decimals": 0,
                "verdict": MUST,
                "detail": f"{str(row['detail']).rstrip('。')}。",
                "whole_campus": False,
            }
        )
    frame = pd.DataFrame(rows, columns=list(SCHOOL_ISSUE_COLUMNS))
    order = {
        code: number for number, code in enumerate(dict.fromkeys(county.current("schools")["school_code"]))
    }
    stages = {"primary": 0, "junior_secondary": 1}
    frame["_school"] = frame["school_code"].map(order).fillna(len(order))
    frame["_stage"] = frame["stage"].map(stages).fillna(len(stages))
    frame = frame.sort_values(["_school", "school_code", "_stage"], kind="stable", ignore_index=True)
    return frame.drop(columns=["_school", "_stage"])


def county_issues(county: CountyAssessment, items: pd.DataFrame) -> pd.DataFrame:
    """One row per coefficient and per item of the county that is not met or not known (COUNTY_ISSUE_COLUMNS)."""
    rows: list[dict[str, Any]] = []
    for row in county.current("verdicts").to_dict("records"):
        if row["rule"] != "coefficient" or row["outcome"] == Outcome.MET:
            continue
        composite = row["indicator"] == COMPOSITE
        indicator = None if composite else county.regime.indicator(str(row["indicator"]))
        limit = county.regime.limit(str(row["indicator"]), "cv", str(row["stage"]))
        assert limit is not None
        rows.append(
            {
                "stage": row["stage"],
                "item": "" if indicator is None else indicator.item,
                "name": COMPOSITE_NAME if indicator is None else f"{indicator.name}的校际差异系数",
                "requirement": f"差异系数{RELATIONS[limit.relation]}{limit.value}",
                "detail": row["detail"],
                "outcome": row["outcome"],
                "office": "",
            }
        )
    for row in items.to_dict("records"):
        if row["kind"] in ("resource", "check") or row["outcome"] == Outcome.MET:
            continue
        rows.append(
            {
                "stage": "all",
                **{name: row[name] for name in ("item", "name", "requirement", "detail", "outcome")},
                "office": row["responsible_office"] if isinstance(row["responsible_office"], str) else "",
            }
        )
    return pd.DataFrame(rows, columns=list(COUNTY_ISSUE_COLUMNS))


def issue_list(county: CountyAssessment, items: pd.DataFrame, item_schools: pd.DataFrame) -> bytes:
    """The workbook's bytes: cover, county issues, school issues."""
    title = f"{county.regime.short_name}问题台账"
    book = Book(f"{county.county}{title}", county=county.county, simulated=county.tables.simulated)
    tasks = county_tasks(county)
    of_county, of_schools = county_issues(county, items), school_issues(county, item_schools)
    must = of_schools[of_schools["verdict"] == MUST]
    write_cover(
        book,
        county,
        title,
        [
            f"县级问题　{len(of_county)}条",
            f"学校问题　{len(of_schools)}条，涉及{of_schools['school_code'].nunique()}所学校；"
            f"须整改{len(must)}条，涉及{must['school_code'].nunique()}所学校",
        ],
    )
    _write_county(book, county, of_county, tasks)
    _write_schools(book, county, of_schools, tasks)
    return book.content()


def _write_county(book: Book, county: CountyAssessment, issues: pd.DataFrame, tasks: dict[str, Task]) -> None:
    page = book.page(
        "县级问题", (6, 8, 26, 28, 44, 10, 40, 15, 20), landscape=True, footer="问题台账（县级问题）"
    )
    _head(
        page, county, "问题台账（县级问题）",
        ("序号", "学段", "指标", "标准", "现状", "判定", "整改措施", "完成时限", "责任单位"),
    )  # fmt: skip
    for number, issue in enumerate(issues.to_dict("records"), start=1):
        row = 2 + number
        task = tasks.get(str(issue["item"]), Task())
        code = str(issue["item"])
        page.number(row, 0, number, WHOLE, "centre")
        page.text(row, 1, STAGES[str(issue["stage"])], "centre")
        page.text(row, 2, f"{issue['name']}（{code}）" if code[1:].isdigit() else str(issue["name"]), "text")
        page.text(row, 3, str(issue["requirement"]), "text")
        page.text(row, 4, str(issue["detail"]), "text")
        failed = issue["outcome"] != Outcome.NOT_ASSESSABLE
        page.text(row, 5, "未达标" if failed else UNKNOWN, "fail_word" if failed else "unknown")
        page.text(row, 6, task.measure, "text")
        write_deadline(page, row, 7, task.deadline)
        page.text(row, 8, task.offices or str(issue["office"]), "text")
        page.height(row, 30)
    _foot(
        page,
        3 + len(issues),
        "没有县级问题。"
        if issues.empty
        else "措施、时限和责任单位取自填报文件“任务”表，空白处由责任单位填写。",
    )


def _write_schools(
    book: Book, county: CountyAssessment, issues: pd.DataFrame, tasks: dict[str, Task]
) -> None:
    widths = (5, 23, 6.5, 25, 9.5, 9, 11.5, 11.5, 7.5, 9.5, 27, 14.5, 21)
    page = book.page("学校问题", widths, landscape=True, footer="问题台账（学校问题）")
    _head(
        page, county, "问题台账（学校问题）",
        ("序号", "学校", "学段", "指标", "现值", "标准", "距标准\n缺口", floor_head(county), "缺口\n单位", "判定", "说明",
         "完成时限", "责任单位"),
    )  # fmt: skip
    for number, issue in enumerate(issues.to_dict("records"), start=1):
        row = 2 + number
        task = tasks.get(str(issue["item"]), Task())
        page.number(row, 0, number, WHOLE, "centre")
        page.text(row, 1, str(issue["school_name"]), "text")
        page.text(row, 2, "全校" if issue["stage"] == "all" else STAGES[str(issue["stage"])], "centre")
        page.text(row, 3, f"{issue['name']}（{issue['item']}）", "text")
        write_figures(page, row, 4, issue)
        page.text(row, 10, str(issue["detail"]), "text")
        write_deadline(page, row, 11, task.deadline)
        page.text(row, 12, task.offices, "text")
        page.height(row, 30)
    page.sheet.autofilter(2, 0, 2 + len(issues), page.last_column)
    _foot(
        page,
        3 + len(issues),
        "缺口为达到标准至少须增加的整数（面积进到0.01平方米）；学校规模和班额的缺口为须分流的学生数、须化解的班级数。"
        + CAMPUS_NOTE
        + _tolerated_note(county),
    )


def floor_head(county: CountyAssessment) -> str:
    """Head of the column that says what is lacking to the tolerated share of the limit."""
    return f"距标准{share_text(county.regime)}\n缺口" if share_text(county.regime) else "距下限\n缺口"


def _tolerated_note(county: CountyAssessment) -> str:
    share = share_text(county.regime)
    return f"容许短板：综合达标的学校中低于标准值但不低于其{share}的指标。" if share else ""


def write_figures(page: Page, row: int, column: int, issue: dict[Any, Any]) -> None:
    """Write value, limit, the two lacks, their unit and the verdict into six cells."""
    relation = RELATIONS.get(str(issue["relation"]), "")
    style = "fail" if issue["verdict"] == MUST else "tolerable"
    if pd.isna(issue["value"]):
        page.text(row, column, UNKNOWN, "unknown")
    else:
        page.number(row, column, issue["value"], decimals(int(issue["value_decimals"])), style)
    sign = f'"{relation}"' if issue["limit"] else '"应为"'
    page.number(row, column + 1, issue["limit"], sign + decimals(int(issue["limit_decimals"])))
    for offset, name in enumerate(("shortfall", "shortfall_to_floor")):
        if pd.isna(issue[name]):
            page.text(row, column + 2 + offset, DASH, "centre")
        else:
            page.number(row, column + 2 + offset, issue[name], decimals(int(issue["shortfall_decimals"])))
    page.text(row, column + 4, str(issue["unit"]), "centre")
    verdict = str(issue["verdict"])
    page.text(row, column + 5, verdict, {MUST: "fail_word", UNKNOWN: "unknown"}.get(verdict, "centre"))


def _head(page: Page, county: CountyAssessment, title: str, heads: tuple[str, ...]) -> None:
    page.text(0, 0, f"{county.county}{title}", "title", until=page.last_column)
    page.height(0, 30)
    page.text(
        1,
        0,
        f"{county.division_code}　{school_year(county.year)}　{county.regime.name}",
        "caption",
        until=page.last_column,
    )
    for column, head in enumerate(heads):
        page.text(2, column, head, "head")
    page.height(2, 30)
    page.repeat_rows(2, 2)


def _foot(page: Page, row: int, text: str) -> None:
    page.text(row, 0, f"注：{text}", "note", until=page.last_column)


def _relation(county: CountyAssessment, indicator: str, stage: Any) -> str:
    limit = county.regime.limit(indicator, "school_value", str(stage))
    return "" if limit is None else limit.relation.value


def _limit_decimals(county: CountyAssessment, indicator: str, stage: Any) -> int:
    limit = county.regime.limit(indicator, "school_value", str(stage))
    return 0 if limit is None else limit.decimals


def _places(value: float, limit: float = math.nan) -> int:
    """Decimals to print: none, one, or three where one would hide the distance to the limit."""
    if float(value).is_integer():
        return 0
    return 3 if round(value, 1) == limit else 1


def _whole(shortfall: float, unit: str) -> int:
    """A lack in whole units, money in whole yuan, rounded up.

    >>> _whole(0.12345, "万元"), _whole(3.0, "间")
    (1235, 3)
    """
    return math.ceil(as_filed(shortfall) * YUAN.get(unit, 1))

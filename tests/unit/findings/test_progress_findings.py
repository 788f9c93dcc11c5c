"""What is said of a county's implementation plan: every finding on both sides of its boundary, read as sentences.

The county is made by hand (school year 2020, data of 1 September 2020); its plan is a small one of the tests.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from balance_analysis.assessment import CountyAssessment
from balance_analysis.findings import CATALOGUE, Case, Finding
from balance_analysis.findings import progress as topic
from balance_analysis.words import finding_words, say, tell
from tests.programme_counties import commitment, county, plain_county, plan_of, task

SENTENCES = {
    "late": "逾期未达到1项：承诺（县教育局，2020年8月31日，70.0% < 75%）。",
    "outdated": "期限已过1项，本次数据为2020年9月1日的，早于期限，不能判断是否完成：承诺（县教育局，2020年9月1日，70.0% < 75%）。",
}


def found(folder: Path, *parts: str, on: date, of: CountyAssessment | None = None) -> dict[str, Finding]:
    """Findings by name on a day; none may contradict another."""
    assessed = of or plain_county()
    assessed = replace(assessed, regime=replace(assessed.regime, on=on))
    case = Case(assessed, plan=plan_of(folder, *parts))
    said = CATALOGUE.settle(topic.find(case), overall=assessed.overall_outcome)
    return {one.id.removeprefix("progress."): one for one in said}


def unkept(due: str) -> str:
    """70 % are filed, 75 % are promised."""
    return commitment(value='"75"', due=due, offices='["县教育局"]')


def test_every_kind_has_its_words_and_nothing_else_has() -> None:
    assert {kind.id for kind in topic.KINDS} == {
        name for name in finding_words() if name.startswith("progress.")
    }


@pytest.mark.parametrize(
    ("due", "name", "other"), [("2020-08-31", "late", "outdated"), ("2020-09-01", "outdated", "late")]
)
def test_a_deadline_on_the_day_of_the_data_is_not_late_and_the_day_before_is(
    tmp_path: Path, due: str, name: str, other: str
) -> None:
    said = found(tmp_path, unkept(due), on=date(2021, 6, 1))
    assert tell(said[name]) == SENTENCES[name]
    assert other not in said
    assert ("none_late" in said) == (name == "outdated")


def test_no_late_matter_is_said_with_what_cannot_be_excluded(tmp_path: Path) -> None:
    said = found(tmp_path, unkept("2020-09-01"), on=date(2021, 6, 1))
    assert (
        tell(said["none_late"]) == "按现有数据没有查出逾期事项；期限已过的1项没有可用的数据，不能排除逾期。"
    )
    heading = say("progress.none_late_heading", **said["none_late"].figures)
    assert heading == "实施方案：没有查出逾期，1项期限已过、没有可用的数据"
    said = found(tmp_path, commitment(), on=date(2021, 6, 1))
    assert tell(said["none_late"]) == "按现有数据没有查出逾期事项。"
    assert say("progress.none_late_heading", **said["none_late"].figures) == "实施方案：没有查出逾期"


@pytest.mark.parametrize(
    ("on", "name", "other"), [(date(2021, 4, 2), "due", "ahead"), (date(2021, 4, 1), "ahead", "due")]
)
def test_a_matter_is_due_from_the_ninetieth_day_on(tmp_path: Path, on: date, name: str, other: str) -> None:
    said = found(tmp_path, unkept("2021-07-01"), on=on)
    assert (
        tell(said[name])
        == {
            "due": "90天内到期1项：承诺（县教育局，2021年7月1日）。",
            "ahead": "90天内没有到期事项，最近的期限为2021年7月1日：承诺。",
        }[name]
    )
    assert other not in said


def test_a_matter_is_due_on_its_last_day_and_not_the_day_after(tmp_path: Path) -> None:
    assert "due" in found(tmp_path, unkept("2021-07-01"), on=date(2021, 7, 1))
    said = found(tmp_path, unkept("2021-07-01"), on=date(2021, 7, 2))
    assert not {"due", "ahead"} & set(said)


@pytest.mark.parametrize(("value", "done"), [('"70"', True), ('"70.1"', False)])
def test_a_promise_is_counted_as_done_at_its_figure_and_not_below(
    tmp_path: Path, value: str, done: bool
) -> None:
    said = found(tmp_path, commitment(value=value), on=date(2021, 6, 1))
    assert ("done" in said) == done
    if done:
        assert tell(said["done"]) == "共1项任务和承诺指标，有完成依据的1项。"


@pytest.mark.parametrize(("rotated", "shown"), [(20.0, True), (19.0, False)])
def test_a_task_whose_item_is_met_is_to_be_verified(tmp_path: Path, rotated: float, shown: bool) -> None:
    """10 % of 200 eligible teachers are 20."""
    said = found(tmp_path, task(items='["B18"]'), on=date(2021, 6, 1), of=county(rotated_teachers=rotated))
    assert ("to_verify" in said) == shown
    assert "done" not in said
    if shown:
        assert tell(said["to_verify"]) == "1项的相关指标已达标，任务本身是否完成需查证，不计作完成。"


@pytest.mark.parametrize(("items", "shown"), [("[]", True), ('["B18"]', False)])
def test_what_no_data_can_show_is_one_line_with_the_count(tmp_path: Path, items: str, shown: bool) -> None:
    parts = [task(id=f'"{name}"', items=items, deadline="2021-05-31") for name in "abc"]
    said = found(tmp_path, *parts, on=date(2021, 6, 1))
    assert ("unseen" in said) == shown
    if shown:
        assert tell(said["unseen"]) == "3项没有数据可以说明（其中期限已过3项），请对照工作台账查证。"


def test_nothing_past_its_deadline_is_counted_before_it(tmp_path: Path) -> None:
    said = found(tmp_path, task(deadline="2022-06-01"), on=date(2021, 6, 1))
    assert tell(said["unseen"]) == "1项没有数据可以说明，请对照工作台账查证。"


def test_a_plan_for_another_evaluation_is_told_and_judged_neither_way(tmp_path: Path) -> None:
    of = replace(
        plain_county(), regime=replace(plain_county().regime, id="basic_balance_2012", short_name="基本均衡")
    )
    said = found(tmp_path, unkept("2020-08-31"), on=date(2021, 6, 1), of=of)
    assert tell(said["not_comparable"]).startswith(
        "方案按优质均衡制定，本次按基本均衡评估：2项任务和指标不可比"
    )
    assert not {"late", "none_late", "target"} & set(said)
    assert "not_comparable" not in found(tmp_path, unkept("2020-08-31"), on=date(2021, 6, 1))


def test_a_plan_of_another_county_is_told_and_none_says_nothing(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    other = replace(plan, head=replace(plan.head, division_code="999999"))
    (one,) = topic.find(Case(plain_county(), plan=other))
    assert tell(one) == "指定的模拟县实施方案不适用于模拟县，因此不对照进度。"
    assert list(topic.find(Case(plain_county()))) == []
    assert "other_county" not in found(tmp_path, on=date(2021, 6, 1))


def test_the_target_is_told_with_its_year_and_status(tmp_path: Path) -> None:
    said = found(tmp_path, on=date(2021, 6, 1))
    assert tell(said["target"]) == "方案目标：2022年模拟县：通过国家认定；现状：未到期。"


def test_more_matters_than_a_sentence_holds_are_counted(tmp_path: Path) -> None:
    for many in (3, 4):
        parts = [unkept("2020-08-31").replace('"promise"', f'"p{number}"') for number in range(many)]
        sentence = tell(found(tmp_path, *parts, on=date(2021, 6, 1))["late"])
        assert sentence.count("县教育局") == 3
        assert ("另有1项见附录" in sentence) == (many == 4)


def test_a_finding_rests_on_its_rows_and_its_document(tmp_path: Path) -> None:
    said = found(tmp_path, unkept("2020-08-31"), on=date(2021, 6, 1))
    case = Case(plain_county(), plan=plan_of(tmp_path, unkept("2020-08-31")))
    assert case.progress is not None
    assert list(case.progress.iloc[list(said["late"].rows)]["id"]) == ["promise"]
    assert said["late"].clause.startswith("《模拟县方案》")

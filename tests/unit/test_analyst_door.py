"""The analyst's door: what ``import balance_analysis as ba`` gives, costs, shows and says."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
import pytest
from matplotlib import pyplot

import balance_analysis as ba
from balance_analysis.analyst import NAMES
from balance_analysis.errors import ParameterError
from balance_analysis.frames import Frame
from balance_analysis.reporting.frame_reference import reference_page
from balance_analysis.views.elements.fonts import SANS_FAMILY
from balance_analysis.views.show import figure_element
from balance_analysis.views.subject import Told, told_of
from balance_analysis.words.columns import INTERNAL, column_names, frame_words
from tests.county_tables import ROOT, SAMPLE, YEAR, school, write_county

matplotlib.use("Agg")
LAW_2017 = "quality_balance_2017"
PLOTS: dict[str, str] = {
    "areas": "indicators", "below_limit": "below_limit", "coefficients": "coefficients", "contributions": "influence",
    "gap_course": "gaps", "headroom": "headroom", "ranking": "indicators", "trend": "trends", "values": "indicators",
    "years": "indicators",
}  # fmt: skip
"""Every plot of the door and the frame it takes."""


@pytest.fixture(scope="module")
def huantai() -> ba.County:
    return ba.open_county(SAMPLE / "桓台县.xlsx", regime=LAW_2017, target_year=2020)


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    pyplot.close("all")


def told(ax: Any) -> Told:
    found = told_of(ax.get_figure())
    assert found is not None
    return found


# --- what it costs and offers ---------------------------------------------------------------------------


def test_importing_the_package_loads_nothing_large() -> None:
    heavy = "('pandas', 'numpy', 'scipy', 'matplotlib', 'seaborn', 'ipywidgets')"
    code = f"import sys, balance_analysis; print([name for name in {heavy} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert out.stdout.strip() == "[]"


def test_every_name_of_the_door_is_there_and_says_in_chinese_what_it_is() -> None:
    assert sorted(ba.__all__) == sorted(dir(ba))
    for name in (*ba.__all__, *ba.plot.__all__):
        thing = getattr(ba, name, None) or getattr(ba.plot, name)
        if name != "__version__":
            assert re.match("[\u4e00-\u9fff]", (inspect.getdoc(thing) or "").splitlines()[0]), name
    with pytest.raises(AttributeError, match="nothing"):
        _ = ba.nothing


def test_the_coefficient_is_at_hand() -> None:
    """The official example of the inspection training: books of five schools (0.515257)."""
    found = ba.measures.coefficient_of_variation([279, 137, 935, 160, 402], [45, 37, 89, 76, 55])
    assert found == pytest.approx(0.515257, abs=5e-7)


# --- a county -------------------------------------------------------------------------------------------


def test_a_county_shows_what_it_is_in_a_page_of_text(huantai) -> None:
    for text in (repr(huantai), huantai._repr_html_()):
        assert len(text) < 6000
        for part in (
            "桓台县",
            "370321",
            "2017—2018学年",
            "目标年2020年",
            "模拟数据",
            "未达标",
            "coefficients",
            "差异系数",
            "0.505",
        ):
            assert part in text
    assert len(repr(huantai.assessment)) < 200


def test_every_frame_is_there_by_name_with_the_columns_of_the_reference(huantai) -> None:
    assert set(NAMES) == set(frame_words())
    for name in NAMES:
        frame = getattr(huantai, name)
        assert isinstance(frame, Frame)
        assert [column for column in frame if column != "sentence"] == list(frame_words()[name].columns), name
    assert {column for words in frame_words().values() for column in words.columns} == set(column_names())


def test_a_frame_that_does_not_exist_names_the_nearest(huantai) -> None:
    with pytest.raises(ParameterError, match=r"coefficient.*是否想写 coefficients"):
        huantai.frame("coefficient")
    with pytest.raises(AttributeError):
        _ = huantai.nothing_at_all


def test_labelled_frames_have_chinese_columns_and_words_and_the_same_figures(huantai) -> None:
    for name in NAMES:
        labelled = huantai.frame(name).labelled()
        assert len(set(labelled.columns)) == len(labelled.columns), name
        assert not [column for column in labelled if column.isascii()], name
        assert type(labelled) is pd.DataFrame
    current = huantai.indicators[huantai.indicators["year"] == 2017]
    row = current.labelled().iloc[0]
    assert (row["学段"], row["指标"], row["地区"], row["结论"]) == ("小学", "B1 高学历教师", "城区", "达标")
    assert current.labelled()["数值"].tolist() == current["value"].tolist()
    assert not set(INTERNAL) & set(current.labelled().columns)
    failing = huantai.schools.labelled()["未达标项目"]
    assert "B3 体艺教师、B5 体育场馆" in set(failing)


def test_what_is_cut_and_joined_from_a_frame_still_knows_its_county(huantai) -> None:
    cut = huantai.indicators.query("stage == 'primary'").sort_values("value")[
        ["indicator", "stratum", "value"]
    ]
    assert cut.labelled()["地区"].isin(["城区", "镇区", "乡村"]).all()
    merged = cut.merge(huantai.focus[["indicator", "standing"]], on="indicator")
    assert merged.labelled().columns.tolist() == ["指标", "地区", "数值", "列入的原因"]
    both = pd.concat([huantai.gaps, huantai.gaps])
    assert both.labelled()["地区"].iloc[0] in ("城区", "镇区", "乡村")
    assert Frame({"stage": ["primary"], "x": [1]}).labelled().to_dict("list") == {"学段": ["小学"], "x": [1]}


def test_answers_are_the_findings_of_a_topic(huantai) -> None:
    causes = [one.text for one in huantai.answers("causes")]
    assert causes
    assert set(causes) < {one.text for one in huantai.answers()}
    assert [one.text for one in huantai.answers("region")] == ["这一部分对桓台县没有要说的。"]
    assert repr(huantai.answers("causes")) == "\n".join(causes)
    with pytest.raises(ParameterError, match="没有名为“cause”的话题"):
        huantai.answers("cause")


def test_an_analysts_own_picture_has_its_words_in_every_copy_whatever_style_it_was_made_in(huantai) -> None:
    """The compiler that makes PNG and PDF has the report's typeface alone: with another one every word was missing."""
    import seaborn as sns

    before = dict(matplotlib.rcParams)
    sns.set_theme()
    try:
        ax = sns.scatterplot(huantai.indicators.labelled(), x="在校生数", y="数值", hue="地区")
        ax.legend(bbox_to_anchor=(1, 1))
        drawn = figure_element(ax)
    finally:
        matplotlib.rcParams.update(before)
    assert "DejaVu" not in drawn.svg
    assert SANS_FAMILY in drawn.svg
    figure = ax.get_figure()
    assert ax.get_legend().get_window_extent().x1 <= figure.bbox.x1


# --- several counties -----------------------------------------------------------------------------------


def test_several_counties_of_one_file_are_opened_and_the_bad_one_is_named(tmp_path: Path) -> None:
    rows = [
        school(code, division_code=f"01020{number}", county=f"模拟{number}县")
        for number in (3, 4)
        for code in (f"000{number}1", f"000{number}2")
    ]
    rows += [
        school(code, division_code="010205", county="错误县", primary_enrolment=-5)
        for code in ("00051", "00052")
    ]
    path = write_county(tmp_path / "several.xlsx", *rows)
    found = ba.open_counties(path, regime=LAW_2017)
    assert [one.name for one in found] == ["模拟3县", "模拟4县"]
    assert found["模拟4县"] is found["010204"] is found[1]
    assert "错误县" in repr(found)
    assert "错误县" in found._repr_html_()
    joined = found.frame("coefficients")
    assert set(joined["county"]) == {"模拟3县", "模拟4县"}
    with pytest.raises(ParameterError, match="没有区县“模拟5县”；可用：模拟3县、模拟4县"):
        _ = found["模拟5县"]
    with pytest.raises(ParameterError, match="010203、010204"):
        ba.open_county(path, regime=LAW_2017)


# --- plots ----------------------------------------------------------------------------------------------


def test_every_plot_is_tried_here() -> None:
    assert set(PLOTS) == set(ba.plot.__all__)


@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_asks_a_question_names_county_and_year_and_has_its_facts_as_text(
    huantai, name: str
) -> None:
    ax = getattr(ba.plot, name)(huantai.frame(PLOTS[name]))
    beside = told(ax)
    assert "？" in beside.caption
    for part in ("桓台县", "2017—2018学年", "小学"):
        assert part in beside.caption
    assert re.search("[0-9]", beside.alt)
    assert "nan" not in beside.alt
    assert figure_element(ax).caption == beside.caption


def test_a_plot_draws_into_axes_it_is_given(huantai) -> None:
    _, (left, right) = pyplot.subplots(1, 2)
    assert ba.plot.areas(huantai.indicators, indicator="sports_area", ax=left) is left
    assert ba.plot.gap_course(huantai.gaps, stage="junior_secondary", ax=right) is right
    assert "体育场馆" in left.get_title(loc="left")


def test_the_points_of_the_areas_are_the_schools_and_the_line_is_the_limit(huantai) -> None:
    ax = ba.plot.areas(huantai.indicators)
    current = huantai.indicators.query("year == 2017 and stage == 'primary'")
    assert sum(len(dots.get_offsets()) for dots in ax.collections) == current["value"].notna().sum()
    assert any(list(line.get_xdata()) == [1, 1] for line in ax.lines)
    assert set(tick.get_text() for tick in ax.get_yticklabels()) == set(current.labelled()["指标"])


def test_a_frame_from_elsewhere_and_an_unknown_stage_or_indicator_are_refused(huantai) -> None:
    with pytest.raises(ParameterError, match=r"ba\.open_county"):
        ba.plot.areas(pd.DataFrame({"stage": ["primary"]}))
    with pytest.raises(ParameterError, match=r"没有“sport_area”；可用：.*sports_area"):
        ba.plot.ranking(huantai.indicators, indicator="sport_area")
    with pytest.raises(ParameterError, match="没有“小学”；可用：primary、junior_secondary"):
        ba.plot.ranking(huantai.indicators, stage="小学")


def test_what_is_absent_is_said_in_the_picture(tmp_path: Path) -> None:
    path = write_county(tmp_path / "one.xlsx", school("0001"), school("0002", primary_enrolment=150))
    county = ba.open_county(path, regime=LAW_2017)
    said = {name: told(getattr(ba.plot, name)(county.frame(PLOTS[name]))).caption for name in PLOTS}
    assert (
        said["areas"]
        == f"模拟县{YEAR}—{YEAR + 1}学年小学的学校都在同一个地区（或没有填报地区），没有地区差距可画。"
    )
    assert said["years"] == "模拟县没有相邻的上一学年，没有两年对照可画。"
    assert "没有初中的学校" in told(ba.plot.ranking(county.indicators, stage="junior_secondary")).caption
    rows = [
        school(
            "0001" if area == "111" else "0002",
            school_year=year,
            urban_rural_code=area,
            multimedia_classrooms=rooms,
        )
        for year in (YEAR - 1, YEAR)
        for area, rooms in (("111", 3), ("220", None))
    ]
    county = ba.open_county(write_county(tmp_path / "two.xlsx", *rows), regime=LAW_2017)
    assert (
        "只有一个地区有可以比较的数值"
        in told(ba.plot.gap_course(county.gaps, indicator="multimedia_classrooms")).caption
    )


def test_an_own_picture_without_a_point_is_said_to_have_none(huantai, monkeypatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("balance_analysis.views.elements.show", shown.append)
    for values in ([float("nan")] * 2, [1.0, 2.0]):
        _, ax = pyplot.subplots()
        ax.plot(["2016", "2017"], values)
        ax.set_title("某县\n两年")
        ba.show(ax)
    assert shown[0].text == "某县 两年：没有可以画的数值。"
    assert shown[1].caption == "某县 两年"


def test_an_own_picture_takes_its_words_from_its_title_and_axes(huantai) -> None:
    _, ax = pyplot.subplots()
    ax.plot([1, 2], [3, 4])
    ax.set(title="我的图", xlabel="学年", ylabel="本")
    element = figure_element(ax)
    assert (element.caption, element.alt) == ("我的图", "我的图：横轴学年，纵轴本。")
    assert figure_element(pyplot.subplots()[1], caption="标题", alt="文字").alt == "文字"


# --- errors and the reference ---------------------------------------------------------------------------


def test_an_error_shows_its_sentence_alone_and_its_place_on_demand(capsys, monkeypatch) -> None:
    monkeypatch.delattr(sys, "last_value", raising=False)
    ba.details()
    assert "还没有发生错误" in capsys.readouterr().out
    with pytest.raises(ParameterError) as caught:
        ba.open_county("没有.xlsx", regime=LAW_2017)
    lines = caught.value._render_traceback_()
    assert lines[0].startswith("找不到文件 没有.xlsx")
    assert len(lines) == 2
    monkeypatch.setattr(sys, "last_value", caught.value, raising=False)
    ba.details()
    assert "Traceback" in capsys.readouterr().out


def test_the_reference_of_frames_is_what_the_dictionary_says() -> None:
    assert (ROOT / "docs" / "user" / "数据表.md").read_text(encoding="utf-8") == reference_page()

"""Helpers of the trade: ``sample`` (questionnaires), ``draw`` (schools to visit), ``archive`` (index of documents)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from balance_analysis.commands.one_county import add_county_options, county_of

if TYPE_CHECKING:
    import pandas as pd

    from balance_analysis.assessment import CountyAssessment


def add_helpers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the three commands."""
    sample = commands.add_parser("sample", help="测算问卷份数：按统计要求，并注明有无规定的最低份数")
    sample.add_argument("--group", action="append", required=True, help="对象和人数，如 家长=3000；可重复")
    sample.add_argument("--parents", default="", help="须占一定比例的对象，如 家长")
    sample.add_argument("--parents-share", default="0", help="这类对象不低于的比例，如 0.6")
    sample.add_argument("--margin", default="0.05", help="容许误差（默认0.05）")
    sample.add_argument("--confidence", type=float, default=0.95, help="置信水平（默认0.95）")
    sample.add_argument("--regime", default="quality_balance_2017", help="评估办法代号或 .toml 文件")
    sample.set_defaults(run=_sample)

    draw = commands.add_parser("draw", help="按办学类型和地区抽取实地核查学校，打印抽取记录")
    add_county_options(draw)
    draw.add_argument("--number", type=int, required=True, help="抽取的学校数")
    draw.add_argument("--seed", required=True, help="抽取种子：任意文字，宜当场公布")
    draw.set_defaults(run=_draw)

    archive = commands.add_parser("archive", help="档案目录（Excel）：指标、材料、学年、责任单位")
    add_county_options(archive)
    archive.add_argument("--plan", default=None, help="实施方案代号或文件：没有填报的责任单位取自方案")
    archive.add_argument("--years", default="", help="学年，如 2015-2017（默认评估学年）")
    archive.add_argument("-o", "--output", type=Path, required=True, help="输出的 .xlsx 文件")
    archive.set_defaults(run=_archive)


def _share(text: str, name: str) -> Fraction:
    from balance_analysis.errors import ParameterError

    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 <= share < 1:
        raise ParameterError(f"{name} 应为0至1之间的小数，收到“{text}”")
    return share


def _sample(options: argparse.Namespace) -> int:
    from balance_analysis.errors import ParameterError
    from balance_analysis.programmes.questionnaires import questionnaire_plan
    from balance_analysis.regimes import load_regime

    groups: dict[str, int] = {}
    for text in options.group:
        name, _, size = text.partition("=")
        if not name.strip() or not size.isdecimal() or name.strip() in groups:
            raise ParameterError(f"--group 应写作 家长=3000，每类对象一次，收到“{text}”")
        groups[name.strip()] = int(size)
    found = questionnaire_plan(
        groups,
        load_regime(options.regime, on=date.today()),
        parents=options.parents,
        parents_share=_share(options.parents_share, "--parents-share"),
        margin=_share(options.margin, "--margin"),
        confidence=options.confidence,
    )
    print("\n".join(_sample_lines(found)))
    return 0


def _sample_lines(found: pd.DataFrame) -> Iterator[str]:
    from balance_analysis.exact import half_up_text
    from balance_analysis.words import say

    for row in found.to_dict("records"):
        share = half_up_text(row["share"] * 100, 1)
        yield say(
            "commands.sample_group",
            group=row["group"],
            people=int(row["population"]),
            n=int(row["questionnaires"]),
            share=share,
        )
    needed, minimum = found.attrs["needed"], found.attrs["minimum"]
    yield say("commands.sample_total", n=int(found["questionnaires"].sum()), needed=needed)
    if minimum is None:
        yield say("commands.sample_no_minimum")
    else:
        yield say("commands.sample_minimum", minimum=minimum, clause=found.attrs["clause"])


def _draw(options: argparse.Namespace) -> int:
    from balance_analysis.programmes.site_visits import draw_schools

    county = county_of(options)
    frame = draw_schools(county, number=options.number, seed=options.seed)
    print("\n".join(_protocol(frame, county, options.seed)))
    return 0


def _protocol(frame: pd.DataFrame, county: CountyAssessment, seed: str) -> Iterator[str]:
    from balance_analysis.words.labels import SCHOOL_TYPES
    from balance_analysis.words.numbers import school_year

    strata = county.tables.stratification.labels
    yield f"实地核查学校抽取记录：{county.county}（{county.division_code}），{school_year(county.year)}"
    yield f"抽取种子：{seed}；计入评估的学校{len(frame)}所，抽取{int(frame['drawn'].sum())}所"
    yield "办法：按办学类型和地区分组，按各组校数占比分配（最大余数；抽取数不少于组数时各组至少1所）；组内按 SHA-256（种子|学校标识码）由小到大取。"
    for (kind, stratum), group in frame.groupby(["school_type", "stratum"], sort=False):
        drawn = group[group["drawn"]]
        name = f"{SCHOOL_TYPES.get(str(kind), str(kind))}·{strata.get(str(stratum), '地区未知')}"
        yield f"{name}：{len(group)}所抽{len(drawn)}所"
        for row in group.to_dict("records"):
            mark = "抽中" if row["drawn"] else "未抽"
            yield f"  {mark}　{row['rank']}　{row['school_name']}（{row['school_code']}）　{row['key']}"


def _archive(options: argparse.Namespace) -> int:
    from balance_analysis.programmes import load_plan
    from balance_analysis.programmes.archive import NONE, archive_index
    from balance_analysis.reporting.files import workbook_to_write
    from balance_analysis.reporting.plan_lists import write_archive_index

    workbook_to_write(options.output, "档案目录", [options.file])
    county = county_of(options)
    years = _years(options.years) or [county.year]
    plan = None if options.plan is None else load_plan(options.plan)
    index = archive_index(county, years=years, plan=plan)
    write_archive_index(options.output, index, county=county.county, simulated=county.tables.simulated)
    blank = int((index["document"] == "").sum())
    print(
        f"档案目录{len(index)}行，没有材料的{blank}行，其中没有责任单位的{int((index['source'] == NONE).sum())}行：{options.output}"
    )
    return 0


def _years(text: str) -> list[int]:
    from balance_analysis.errors import ParameterError

    if not text:
        return []
    first, _, last = text.partition("-")
    years = [part for part in (first, last or first) if part.isdecimal() and len(part) == len("2017")]
    if len(years) < 2 or int(years[0]) > int(years[1]):
        raise ParameterError(f"--years 应写作 2015-2017 或 2017，收到“{text}”")
    return list(range(int(years[0]), int(years[1]) + 1))

"""Options of the command line: how their values are read, what argparse says in Chinese, and the checks that several commands make."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TextIO

from balance_analysis.commands.rules import RULES_HELP
from balance_analysis.errors import Issue, ParameterError, ReportError, limit_issues
from balance_analysis.terms import Severity
from balance_analysis.words import say

SIDE_HELP = "补充信息表（CSV 或 TOML），补充导出文件没有的信息；可重复"


ARGPARSE_TEXTS = {
    "usage: ": "用法：",
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示帮助并退出",
    "show program's version number and exit": "显示版本并退出",
    "the following arguments are required: %s": "缺少必需的参数：%s",
    "unrecognized arguments: %s": "不认识的参数：%s",
    "invalid %(type)s value: %(value)r": "不是有效的值：%(value)r",
    "not allowed with argument %s": "不能与 %s 同时使用",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有这个命令：%(value)r（可用：%(choices)s）",
    "argument %(argument_name)s: %(message)s": "参数 %(argument_name)s：%(message)s",
    "expected one argument": "需要一个值",
    "expected at least one argument": "至少需要一个值",
    "%(prog)s: error: %(message)s\n": "用法有误：%(message)s\n",
}
"""What argparse says, in the language of those who read it."""


def add_run_options(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The options of every command that reads counties: files, side files, law, year, output folder.

    A command that can do without them (``required`` false) looks for them itself.
    """
    parser.add_argument("files", nargs="+" if required else "*", type=Path)
    parser.add_argument("--side", action="append", type=Path, default=[], help=SIDE_HELP)
    parser.add_argument(
        "--regime", required=required, help="评估办法代号（见 balance-analysis regimes）或 .toml 文件"
    )
    add_law_options(parser)
    parser.add_argument("-o", "--output", type=output_folder, required=required, help="输出文件夹")


def add_law_options(parser: argparse.ArgumentParser) -> None:
    """The options that say by which law of which day a county is looked at, besides the regime."""
    parser.add_argument(
        "--overlay", action="append", default=[], help="地方补充规定代号或 .toml 文件，可重复"
    )
    parser.add_argument("--rules", action="append", default=[], help=RULES_HELP)
    parser.add_argument("--year", type=int, default=None, help="学年起始年（默认最近一年）")
    parser.add_argument("--on", type=parse_day, default=None, help="依据日期（默认学年最后一天）")


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    """The county's own programme, and what is reported on it besides the sheet 进展 of its workbook."""
    parser.add_argument(
        "--plan", default=None, help="对照的实施方案：代号（见 balance-analysis programmes）或自编方案文件"
    )
    parser.add_argument(
        "--ledger", action="append", type=Path, default=[],
        help="单独的进展填报表（销号台账），与 --plan 同用，可重复；填报文件的工作表“进展”自动读取",
    )  # fmt: skip


def add_remediation_options(parser: argparse.ArgumentParser) -> None:
    """A remediation plan that was solved before, or one solved on the way; not both."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--remediation", type=Path, default=None,
        help="一并列出已测算的整改方案：plan.json，或命令 plan 的输出文件夹（各区县取自己的）",
    )  # fmt: skip
    either.add_argument(
        "--with-remediation", action="store_true", help="当场按附带的规划假设测算整改方案，一并列出"
    )


def parse_day(text: str) -> date:
    """A date as people type it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"日期应写作 2018-08-31 的形式，收到 {text}") from None


def output_folder(text: str) -> Path:
    """A folder to write into; no part of its path may be a file."""
    if not text.strip():
        raise argparse.ArgumentTypeError("输出文件夹不能为空")
    path = Path(text)
    for part in (path, *path.parents):
        if part.is_file():
            raise argparse.ArgumentTypeError(f"{part} 是文件，不是文件夹")
    return path


def plain_name(text: str) -> str:
    """The name of one folder."""
    from balance_analysis.reporting.files import safe_name

    try:
        return safe_name(text)
    except ReportError as error:
        raise argparse.ArgumentTypeError(f"应为一个文件夹名，不含路径；{error}") from None


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"应为不小于1的整数，收到“{text}”")
    return int(text)


def share_below_one(text: str) -> float:
    """A number from 0 on and below 1."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"应为0至1之间的小数，收到“{text}”")
    return number


def positive_number(text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"应为大于0的数，收到“{text}”")
    return number


def existing_files(files: Sequence[Path]) -> list[Path]:
    """The full paths of files that are there, each once; ``ParameterError`` names the others."""
    absent = [str(path) for path in files if not path.is_file()]
    if absent:
        raise ParameterError(f"找不到文件：{'、'.join(absent)}")
    return list(dict.fromkeys(path.resolve() for path in files))


def print_issues(issues: Sequence[Issue], stream: TextIO | None = None) -> None:
    """One issue a line; of one rule on one sheet the first ones, the last of them with the number of the others."""
    for issue in limit_issues(issues, every_county=False):
        print(issue, file=stream)


def counted(files: int, issues: Iterable[Issue], regimes: Iterable[str]) -> str:
    """How many issues of each kind the files have, by which law: the last line of every command that looks at files."""
    kinds = Counter(issue.severity for issue in issues)
    counts = {kind.value: kinds[kind] for kind in Severity}
    return say("commands.checked", files=files, regimes=list(regimes), **counts)


def formats(text: str) -> tuple[str, ...]:
    """Formats of a report, as ``pdf,docx``; each once.

    >>> formats("pdf,docx"), formats("docx")
    (('pdf', 'docx'), ('docx',))
    """
    given = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",")))
    if not set(given) <= {"pdf", "docx"}:
        raise argparse.ArgumentTypeError(f"应为 pdf、docx 或 pdf,docx，收到“{text}”")
    return given


def known_plan(text: str) -> str:
    """A shipped plan's id, or the full path of a plan file; anything else is wrong use."""
    from balance_analysis.programmes import list_plans, load_plan

    known = [plan.id for plan in list_plans()]
    if text in known:
        return text
    if not Path(text).is_file():
        raise ParameterError(f"没有实施方案 {text}；可用：{'、'.join(known)}，或自编方案文件的路径")
    load_plan(Path(text))
    return str(Path(text).resolve())


def require_known_regime(options: argparse.Namespace) -> None:
    """An unknown regime or overlay is wrong use."""
    from balance_analysis.counties import require_known

    require_known(options.regime, options.overlay)

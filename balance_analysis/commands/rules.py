"""``balance-analysis rules`` and ``regimes``: rules of one's own from one's own folder, listed, begun and made known."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from balance_analysis.regimes import Regime

RULES_HELP = "自编规则的文件夹或 .toml 文件，可重复；其中的规则按代号使用"


def add_rules(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``rules``."""
    rules = commands.add_parser("rules", help="自编地方补充规定或评估办法：起始文件和检查")
    parts = rules.add_subparsers(dest="part", metavar="子命令", required=True)
    new = parts.add_parser("new", help="写出带说明的起始文件")
    new.add_argument("file", type=Path, help="新文件，如 my_city.toml；文件名即代号")
    new.add_argument("--base", default="quality_balance_2017", help="所依附（或改编）的评估办法代号")
    new.add_argument("--as-regime", action="store_true", help="写成一个完整的评估办法（由 --base 改编）")
    new.set_defaults(run=_new)
    check = parts.add_parser("check", help="逐个检查自编规则文件，列出全部问题")
    check.add_argument("places", nargs="+", type=Path, help="文件或文件夹")
    check.add_argument("--on", default=None, help="依据日期（默认今天）")
    check.set_defaults(run=_check)


def settle_rules(options: argparse.Namespace) -> None:
    """Make the rules that a command names by file known, and put their ids in the place of the paths."""
    from balance_analysis.regimes import use_rules

    use_rules(*getattr(options, "rules", None) or ())
    for name in ("regime", "id") if options.command == "regimes" else ("regime",):
        if str(getattr(options, name, None) or "").endswith(".toml"):
            (found,) = use_rules(getattr(options, name))
            setattr(options, name, found)
    if getattr(options, "overlay", None):
        options.overlay = [use_rules(one)[0] if one.endswith(".toml") else one for one in options.overlay]


def target_lines(regime: Regime) -> Iterator[str]:
    """What an overlay may change: every ``target`` with its action."""
    yield "可改动的条目（补充规定的 target）："
    for heading, entries in (
        ("限值，用 tighten 或 relax", regime.limits),
        ("参数，用 set 或 relax", regime.parameters),
        ("口径，用 set 或 relax", regime.choices),
        ("计入的最少人数，用 set 或 relax", regime.scope),
    ):
        yield f"  {heading}：{'、'.join(entry.key for entry in entries)}"


def late_lines(regime: Regime) -> Iterator[str]:
    """A word on every concession that is used late although no source says when it ends."""
    for overlay in regime.late_overlays:
        yield (
            f"提示：{overlay.name}（{overlay.id}）自 {overlay.valid_from} 起，来源没有写明终止日期；"
            f"用于 {regime.on} 前请核实是否仍然有效"
        )


def own_lines() -> Iterator[str]:
    """One's own rules as ``regimes`` lists them; a faulty file with its problems."""
    from balance_analysis.regimes.own_rules import own_rules

    if own_rules():
        yield "自编规则："
    for name, path in own_rules().items():
        problems = file_problems(name, date.today())
        yield f"  {name:<36}{path}" + ("（有误，不能使用）" if problems else "")
        yield from (f"    {line}" for line in problems)


def file_problems(name: str, on: date) -> list[str]:
    """What is wrong with one of the rules that are known, on a day on which it holds (the day given, where it does)."""
    from balance_analysis.counties import unknown_columns
    from balance_analysis.errors import RegimeError
    from balance_analysis.regimes import load_regime, overlay_ids, regime_head
    from balance_analysis.regimes.files import overlay_file, texts
    from balance_analysis.regimes.own_rules import require_readable

    found: list[str] = []
    try:
        require_readable(name)
        if name in overlay_ids():
            head = overlay_file(name, texts(None, "local")[name])
            base = regime_head(head.base)
            day = max(head.valid_from, base.valid_from, min(on, head.valid_to or on))
            load_regime(head.base, on=day, overlays=[name])
            found = unknown_columns(head)
        else:
            law = regime_head(name)
            load_regime(name, on=max(law.valid_from, min(on, law.valid_to or on)))
    except RegimeError as error:
        return str(error).splitlines()
    return found


def _new(options: argparse.Namespace) -> int:
    from importlib import resources

    from balance_analysis.errors import ParameterError
    from balance_analysis.regimes import regime_head
    from balance_analysis.regimes.files import texts
    from balance_analysis.regimes.own_rules import checked_id
    from balance_analysis.reporting.files import write_whole

    path: Path = options.file
    if path.exists() or not path.resolve().parent.is_dir():
        raise ParameterError(f"{path} 已存在，或其文件夹不存在；请换一个文件名，以免覆盖")
    name = checked_id(path)
    head = regime_head(options.base)
    if options.as_regime:
        text = texts(None, "national")[head.id].replace(f'id = "{head.id}"', f'id = "{name}"', 1)
        text = f"# 自编评估办法（由 {head.id} 改编）；文件名即代号，与 id 一致。改动时保留每条的依据、等级和日期。\n{text}"
    else:
        start = resources.files("balance_analysis.regimes") / "starting" / "overlay.toml"
        text = start.read_text(encoding="utf-8").format(id=name, base=head.id)
    write_whole(path, text)
    use = f"--regime {path}" if options.as_regime else f"--overlay {path}"
    print(f"已写出起始文件：{path}；改好后用 balance-analysis rules check {path} 检查，用 {use} 采用")
    return 0


def _check(options: argparse.Namespace) -> int:
    from balance_analysis.commands.programmes import due_day
    from balance_analysis.regimes import use_rules

    on = date.today() if options.on is None else due_day(options.on)
    faulty = 0
    for name in use_rules(*options.places):
        problems = file_problems(name, on)
        faulty += bool(problems)
        print(f"{name}：{'有误' if problems else '可以使用'}")
        for line in problems:
            print(f"  {line}")
    return 1 if faulty else 0

"""The rows of the problem list as the forms print them: per school and item what was found, what is lacking and what is done; what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from balance_analysis.explain.problems import blank_schools
from balance_analysis.explain.shortfalls import resource_shortfalls
from balance_analysis.findings.case import Case
from balance_analysis.findings.problems import parts
from balance_analysis.reporting.forms.plan_cells import actions_of, measures_at
from balance_analysis.reporting.forms.styles import DASH, UNKNOWN
from balance_analysis.terms import ALL_STAGES, Outcome
from balance_analysis.words import labels, numbers, say, tell
from balance_analysis.words.labels import STAGES
from balance_analysis.workbook.layouts import own_headers

MUST = "须整改"
TOLERATED = "容许短板"
WORDS: Final = {Outcome.NOT_MET: MUST, Outcome.TOLERABLE: TOLERATED, Outcome.NOT_ASSESSABLE: UNKNOWN}


def school_rows(case: Case, problems: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per school and item of a problem list, in the order of the schools in the file and of the law's items.

    ``school_code, school_name, stages, item, name, found`` (figures beside their limits), ``lacking, verdict, measures, cost,
    office, deadline``. ``measures`` are those of the remediation plan, empty without one.
    """
    order = {
        str(code): n for n, code in enumerate(dict.fromkeys(case.county.current("schools")["school_code"]))
    }
    actions = actions_of(case)
    found = []
    for (code, item), group in problems.groupby(["school_code", "item"], sort=False):
        first = group.iloc[0]
        mine = actions[(actions["school_code"] == code) & (actions["item"] == item)]
        failing = group[group["outcome"] == Outcome.NOT_MET]
        worst = Outcome.NOT_MET if len(failing) else Outcome(first["outcome"])
        found.append(
            {
                "school_code": str(code),
                "school_name": str(first["school_name"]),
                "stages": stage_words(group["stage"]),
                "item": str(item),
                "name": str(first["name"]),
                "found": "\n".join(figures(case, group)),
                "lacking": "；".join(tell(part).rstrip("。") for part in parts(case, group)),
                "verdict": WORDS[worst],
                "measures": measures_at(case, group, mine),
                "cost": float(mine["cost_wan_cny"].sum()),
                "office": str(first["office"]),
                "deadline": first["deadline"],
            }
        )
    return sorted(found, key=lambda row: order.get(row["school_code"], len(order)))


def stage_words(stages: Sequence[Any] | pd.Series[Any]) -> str:
    """The stages concerned, each once; 全校 where it is the school as a whole."""
    named = list(dict.fromkeys(str(stage) for stage in stages))
    return "、".join("全校" if stage == ALL_STAGES else STAGES[stage] for stage in named)


def figures(case: Case, rows: pd.DataFrame) -> Iterator[str]:
    """Every figure of a school's rows beside its limit."""
    known = {entry.id: entry.decimals for entry in case.county.regime.indicators}
    several = rows["stage"].nunique() > 1
    for row in rows.to_dict("records"):
        places = known.get(row["indicator"])
        if places is None:
            places = 0 if float(row["value"]).is_integer() else numbers.UNIT_DECIMALS.get(row["unit"], 2)
        relation, limit = str(row["relation"]), row["limit"]
        unit = "" if row["indicator"] in known else str(row["unit"])
        yield say(
            "issue_form.found" if limit else "issue_form.found_any",
            stage=STAGES[row["stage"]] if several and row["stage"] in STAGES else "",
            thing="" if row["indicator"] in known else labels.COUNTED.get(str(row["indicator"]), ""),
            found=numbers.beside(row["value"], places, relation=relation, limit=limit) + unit,
            limit=labels.RELATIONS[relation] + numbers.plain(limit, 6) + unit,
        )


def county_figure(row: dict[Any, Any]) -> str:
    """A figure of the county beside its limit; the verdict's own words where there is none."""
    if pd.isna(row["value"]) or pd.isna(row["limit"]):
        return str(row["detail"])
    relation, limit = str(row["relation"]), row["limit"]
    unit = "" if row["unit"] == "1" else str(row["unit"])
    found = numbers.beside(
        row["value"], numbers.UNIT_DECIMALS.get(str(row["unit"]), 2), relation=relation, limit=limit
    )
    return say(
        "issue_form.found", stage="", thing="", found=found + unit,
        limit=labels.RELATIONS[relation] + (numbers.plain(limit, 6) + unit if unit else numbers.limit_text(limit)),
    )  # fmt: skip


def missing_rows(case: Case) -> Iterator[tuple[str, str, str, str]]:
    """Who lacks what: school or county, stage, item, and the content to be filed."""
    county = case.county
    unknown = resource_shortfalls(county)
    for row in unknown[unknown["outcome"] == Outcome.NOT_ASSESSABLE].to_dict("records"):
        indicator = county.regime.indicator(str(row["indicator"]))
        told = missing_text(case, [name for name in str(row["missing"]).split("、") if name])
        yield str(row["school_name"]), STAGES[str(row["stage"])], coded(indicator.name, indicator.item), told
    for row in blank_schools(county).to_dict("records"):
        yield (
            str(row["school_name"]),
            DASH,
            coded(str(row["name"]), str(row["item"])),
            missing_text(case, row["fields"]),
        )
    items = county.items[
        (county.items["outcome"] == Outcome.NOT_ASSESSABLE) & (county.items["kind"] != "check")
    ]
    for row in items[items["kind"] != "resource"].to_dict("records"):
        yield (
            labels.whole_of(county.county),
            DASH,
            coded(str(row["name"]), str(row["item"])),
            str(row["detail"]),
        )


def missing_text(case: Case, fields: Sequence[str]) -> str:
    """Which fields a school left blank, as the file calls them; as our template does where the file has no such column."""
    filed = {name: case.county.tables.header("schools", name) for name in fields}
    named = [own_headers().get(name, name) if header == name else header for name, header in filed.items()]
    return say("issue_form.missing", fields=named)


def coded(name: str, item: str) -> str:
    """An item's name with its number, where it has one."""
    return f"{name}（{item}）" if item[1:].isdigit() else name

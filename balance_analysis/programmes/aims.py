"""A county beside the national aims of later years: what each document wants, and what the county's data say now."""

from __future__ import annotations

from datetime import date

import pandas as pd

from balance_analysis.assessment import CountyAssessment
from balance_analysis.measures.items import county_measures
from balance_analysis.programmes.model import Commitment, MeasuredBy
from balance_analysis.programmes.present import present_commitment
from balance_analysis.regimes.aims import Aim, aims_file, national_aims

COLUMNS = (
    *("id", "name", "wording", "due", "items", "outcome", "figure", "reason"),
    *("promise", "relation", "unit", "clause", "source", "grade", "note"),
)


def aims_of_county(county: CountyAssessment, *, on: date) -> pd.DataFrame:
    """Every national aim that is declared on ``on``, with the county's present figure where it has one.

    Columns: ``id, name, wording`` (the document's), ``due`` (timestamp, NaT where the aim holds already), ``items``
    (item id, empty where the aim has no figure), ``outcome`` (met / not_met / not_assessable, empty without figure),
    ``figure, reason`` (text), ``promise, relation, unit``, ``clause, source`` (citation), ``grade, note``. No verdict
    rests on an aim.
    """
    filed = county.tables
    measures = county_measures(filed.schools, filed.counties, filed.evidence, county.regime, year=county.year)
    rows = []
    for aim in national_aims(on):
        promised = _promise(aim)
        present = None if promised is None else present_commitment(promised, county, county.items, measures)
        rows.append(
            {
                "id": aim.id,
                "name": aim.name,
                "wording": aim.wording,
                "due": aim.due,
                "items": aim.subject,
                "outcome": "" if present is None else present.outcome,
                "figure": "" if present is None else present.figure,
                "reason": "" if present is None else present.reason,
                "promise": "" if aim.value is None else str(aim.value),
                "relation": "" if aim.value is None else aim.relation.value,
                "unit": aim.unit,
                "clause": aim.clause,
                "source": aims_file().source(aim.source).citation,
                "grade": aim.grade.value,
                "note": aim.note,
            }
        )
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["due"] = pd.to_datetime(frame["due"])
    return frame


def _promise(aim: Aim) -> Commitment | None:
    """An aim with a figure, to be measured like a plan's commitment."""
    if aim.value is None:
        return None
    return Commitment(
        id=aim.id,
        name=aim.name,
        value=aim.value,
        unit=aim.unit,
        relation=aim.relation,
        due=aim.due,
        measured_by=MeasuredBy.ITEM_FIGURE,
        subject=aim.subject,
        figure=aim.figure,
        quote=aim.wording,
    )

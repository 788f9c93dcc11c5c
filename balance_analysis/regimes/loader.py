"""Read regimes and overlays: strict TOML to the resolved law on a date."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from balance_analysis.errors import RegimeError
from balance_analysis.regimes.consistency import boundaries, in_force
from balance_analysis.regimes.files import (
    AREA_CODES,
    KINDS,
    OverlayFile,
    RegimeFile,
    RegimeHead,
    area_file,
    overlay_file,
    regime_file,
    texts,
)
from balance_analysis.regimes.model import Overlay, Regime
from balance_analysis.regimes.overlays import amend, precedence
from balance_analysis.regimes.own_rules import own_rules, require_readable


def load_regime(
    regime_id: str,
    *,
    on: date,
    overlays: Sequence[str] = (),
    folder: Path | None = None,
) -> Regime:
    """The law ``regime_id`` as it stands on the day ``on``, with ``overlays`` applied.

    ``folder`` replaces the shipped ``regimes`` folder (it has ``national/`` and ``local/``).
    Raises :class:`RegimeError`, listing every problem, for an unknown id, a day on which the
    regime or an overlay is not in force, an entry without value, unit, clause, source, grade or
    dates, an unknown key, two entries that hold on the same day, or a contradiction. Entries are
    checked for every day on which they hold, also for days to come.

    >>> regime = load_regime("quality_balance_2017", on=date(2018, 1, 1))
    >>> str(regime.limit("sports_area", "school_value", "primary").value)
    '7.5'
    """
    law = _regime(regime_id, folder)
    areas = area_file(_area_text(folder))
    _require_in_force(f"评估办法 {regime_id}", law, on)
    files = [_load_overlay(name, law, on, folder) for name in dict.fromkeys(overlays)]
    entries = in_force(_every(law), on)
    changes, problems = amend(entries, files, on)
    if problems:
        raise RegimeError("\n".join(problems))
    return Regime(
        id=regime_id,
        name=law.name,
        short_name=law.short_name,
        on=on,
        valid_from=law.valid_from,
        valid_to=law.valid_to,
        sources=(*law.sources, *(source for file in files for source in file.sources)),
        indicators=tuple(entries["indicator"].values()),
        limits=tuple(entries["limit"].values()),
        parameters=tuple(entries["parameter"].values()),
        choices=tuple(entries["choice"].values()),
        scope=tuple(entries["scope"].values()),
        stage_weights=tuple(entries["stage_weight"].values()),
        items=tuple(entries["item"].values()),
        area_codes={code: area.stratum for area in areas.area if area.in_force(on) for code in area.codes},
        overlays=tuple(sorted(files, key=precedence)),
        changes=tuple(changes),
        fingerprint=_fingerprint(regime_id, [file.id for file in files], folder),
    )


def list_regimes(*, folder: Path | None = None, own: bool = True) -> tuple[str, ...]:
    """Ids of the regimes, the national ones sorted, then one's own; without these where ``own`` is False."""
    left_out = {AREA_CODES} if own else {AREA_CODES, *own_rules()}
    return tuple(name for name in texts(folder, "national") if name not in left_out)


def newest_regime(on: date) -> str:
    """The national regime in force on a day that came into force last; the first of all where none is in force yet."""
    heads = {name: regime_head(name) for name in list_regimes(own=False)}
    known = [name for name, head in heads.items() if head.valid_from <= on <= (head.valid_to or date.max)]
    first = min(heads, key=lambda name: heads[name].valid_from)
    return max(known, key=lambda name: heads[name].valid_from, default=first)


def overlay_ids(*, folder: Path | None = None) -> tuple[str, ...]:
    """Ids of all overlays, sorted, whether their files are sound or not."""
    return tuple(sorted(texts(folder, "local")))


def list_overlays(*, folder: Path | None = None, own: bool = True) -> tuple[Overlay, ...]:
    """All overlays, sorted by precedence and id; without one's own where ``own`` is False."""
    left_out = () if own else own_rules()
    files = [
        overlay_file(name, text) for name, text in texts(folder, "local").items() if name not in left_out
    ]
    return tuple(sorted(files, key=precedence))


def regime_head(regime_id: str, *, folder: Path | None = None) -> RegimeHead:
    """The head of a regime file (id, names, validity) without resolving it."""
    return _regime(regime_id, folder)


def _regime(regime_id: str, folder: Path | None) -> RegimeFile:
    known = list_regimes(folder=folder)
    if regime_id not in known:
        require_readable(regime_id)
        raise RegimeError(f"没有评估办法 {regime_id}；可用：{'、'.join(known)}")
    return regime_file(regime_id, texts(folder, "national")[regime_id])


def _area_text(folder: Path | None) -> str:
    found = texts(folder, "national")
    if AREA_CODES not in found:
        raise RegimeError(f"national 文件夹中没有 {AREA_CODES}.toml（城乡分类代码），请补上")
    return found[AREA_CODES]


def _load_overlay(overlay_id: str, law: RegimeFile, on: date, folder: Path | None) -> OverlayFile:
    """One overlay, tried on its regime for every day on which both hold."""
    local = texts(folder, "local")
    if overlay_id not in local:
        require_readable(overlay_id)
        raise RegimeError(f"没有地方补充规定 {overlay_id}；可用：{'、'.join(local)}")
    file = overlay_file(overlay_id, local[overlay_id])
    if file.base != law.id:
        raise RegimeError(f"补充规定 {overlay_id} 依附于 {file.base}，不能用于 {law.id}")
    _require_in_force(f"补充规定 {overlay_id}", file, on)
    ends = [end for end in (law.valid_to, file.valid_to) if end is not None]
    every = _every(law)
    dated = [
        *(entry for records in every.values() for entry in records),
        *(entry for _, entry in file.actions()),
    ]
    problems: dict[str, str] = {}
    if file.valid_from < law.valid_from:
        problems["start"] = (
            f"{overlay_id}.toml：生效日期 {file.valid_from} 早于所依附的 {law.id}（{law.valid_from}）"
        )
    for day in (on, *boundaries(dated, max(law.valid_from, file.valid_from), min(ends, default=None))):
        for problem in amend(in_force(every, day), [file], day)[1]:
            problems.setdefault(problem, problem if day == on else f"{problem}（自 {day} 起）")
    if problems:
        raise RegimeError("\n".join(problems.values()))
    return file


def _every(law: RegimeFile) -> dict[str, Sequence[Any]]:
    return {kind: getattr(law, kind) for kind in KINDS}


def _fingerprint(regime_id: str, overlays: Sequence[str], folder: Path | None) -> str:
    """sha256 over the texts that the law was read from."""
    national, local = texts(folder, "national"), texts(folder, "local")
    used = {name: national[name] for name in (regime_id, AREA_CODES)}
    used |= {name: local[name] for name in sorted(overlays)}
    digest = hashlib.sha256()
    for name, text in used.items():
        digest.update(f"{name}.toml\n{text}".encode())
    return digest.hexdigest()


def _require_in_force(what: str, head: RegimeHead | Overlay, on: date) -> None:
    start, end = head.valid_from, head.valid_to
    if on < start or (end is not None and end < on):
        until = f"至 {end}" if end else "起"
        raise RegimeError(
            f"{what} 自 {start} {until}有效，不适用于 {on}；请改用当时有效的办法，或用 --on 指定依据日期"
        )

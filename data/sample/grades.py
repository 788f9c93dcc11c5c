"""Pupils by grade for the sample's latest year: fewer in the lower grades, as births fall; no dice, so nothing else changes."""

from __future__ import annotations

from schools import School

SHARES = {"primary": (0.88, 0.93, 0.98, 1.03, 1.07, 1.11), "junior_secondary": (1.02, 1.0, 0.98)}
FIRST = {"primary": 1, "junior_secondary": 7}
"""Shares of the grades of a stage, and its first grade."""
ENTERING = 0.94
"""Children who will enter next year against the pupils of grade one."""
BIRTHS = (0.93, 0.86, 0.80, 0.75, 0.71, 0.68)
"""Births of the school year five years back to this one, against the pupils of grade one."""


def file_grades(schools: list[School]) -> int:
    """Fill the grades of every school; returns the county's pupils in grade one."""
    entered = 0
    for school in schools:
        for stage, shares in SHARES.items():
            pupils = school.pupils(stage)
            exact = [pupils * share / sum(shares) for share in shares]
            grades = [int(part) for part in exact]
            rest = sorted(range(len(shares)), key=lambda at: grades[at] - exact[at])[: pupils - sum(grades)]
            for at in rest:
                grades[at] += 1
            for at, number in enumerate(grades):
                school.row[f"grade_{FIRST[stage] + at}_pupils"] = number if pupils else None
        first = school.row["grade_1_pupils"]
        if isinstance(first, int):
            school.row["kindergarten_leavers"] = round(first * ENTERING)
            entered += first
    return entered

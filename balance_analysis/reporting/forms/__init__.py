"""The official forms in Excel: application form, issue list, and one sheet per school.

The only room that writes workbooks for people to sign. Every figure keeps its full precision and is rounded by
number formats alone; means and coefficients are live formulas that carry the program's value as cached result.
"""

from balance_analysis.reporting.forms.write import write_forms

__all__ = ["write_forms"]

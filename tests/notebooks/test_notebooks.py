"""Committed notebooks: executed, honest about their parameters, and suspicious of the ones they are given."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from balance_analysis.errors import ReportError
from balance_analysis.overview import REGION_PARAMETERS
from balance_analysis.parameters import ISSUE, PARAMETERS, check_parameters
from balance_analysis.places import NOTEBOOKS
from balance_analysis.remediation.saved import PLAN_PARAMETERS
from balance_analysis.reporting.notebook import compare_stamp, read_stamp, run_notebook
from balance_analysis.reporting.saving import leave_out_dropdowns
from balance_analysis.views.elements import MIME_TYPE
from tests.county_tables import ROOT

COUNTY_REPORT = NOTEBOOKS / "county_report.ipynb"
KNOWN: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "county_report": {**PARAMETERS, **ISSUE},
    "short_report": {**PARAMETERS, **ISSUE},
    "region_overview": REGION_PARAMETERS,
    "00_start": PARAMETERS,
    "01_data_quality": PARAMETERS,
    "02_indicators": PARAMETERS,
    "03_inter_school_balance": PARAMETERS,
    "04_urban_rural_gaps": PARAMETERS,
    "05_trends_and_targets": PARAMETERS,
    "06_remediation": PLAN_PARAMETERS,
    "07_own_analysis": PARAMETERS,
    "dashboard": PARAMETERS,
}
"""Every notebook with parameters and the parameters the package expects of it."""
PARAMETERISED = [NOTEBOOKS / f"{name}.ipynb" for name in KNOWN]


def code_cells(path: Path) -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def parameter_cells(path: Path) -> list[Any]:
    return [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", [])]


def test_the_notebooks_folder_is_the_one_at_the_top() -> None:
    assert ROOT / "notebooks" == NOTEBOOKS
    assert COUNTY_REPORT.is_file()


@pytest.mark.parametrize("path", PARAMETERISED, ids=lambda path: path.stem)
def test_there_is_exactly_one_parameters_cell_and_it_knows_every_parameter(path: Path) -> None:
    (cell,) = parameter_cells(path)
    assert code_cells(path)[0] == cell
    tree = ast.parse(cell.source)
    assert all(isinstance(node, ast.Assign) for node in tree.body)
    given = {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body}
    expected = KNOWN[path.stem]
    assert list(given) == list(expected)
    assert check_parameters(given, expected=expected) == given
    assert set(papermill.inspect_notebook(str(path))) == set(expected)


def test_every_notebook_with_a_parameters_cell_is_known_here() -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb") if parameter_cells(path)} == set(KNOWN)


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_is_committed_with_its_outputs(path: Path) -> None:
    """nbval compares nothing in a notebook whose outputs were stripped; the dashboard has only a live one."""
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert (sum(len(cell.outputs) for cell in cells) > 0) != (path.stem == "dashboard")


def test_the_county_report_is_committed_with_its_report_elements_and_figures() -> None:
    outputs = [output for cell in code_cells(COUNTY_REPORT) for output in cell.outputs]
    kinds = {output.data[MIME_TYPE]["type"] for output in outputs if MIME_TYPE in output.get("data", {})}
    assert {"title_page", "heading", "verdict", "paragraph", "table", "figure"} <= kinds
    assert any("image/svg+xml" in output.data for output in outputs)
    assert not [output for output in outputs if output.output_type in ("error", "stream")]


def test_the_committed_county_report_shows_the_county_of_its_parameters() -> None:
    (cell,) = parameter_cells(COUNTY_REPORT)
    given = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}
    stamp = read_stamp(nbformat.read(COUNTY_REPORT, as_version=4))
    compare_stamp(
        stamp, {name: str(given[name]) for name in ("division_code", "year", "regime", "target_year")}
    )
    assert stamp["overlays"] == ",".join(given["overlays"])


# --- the notebooks that teach ------------------------------------------------------------------------

TEACHING = sorted(NOTEBOOKS.glob("0*.ipynb"))


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_small_and_changes_nothing_when_it_is_opened_and_saved(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) <= 300_000
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.kernelspec.display_name == "Python 3 (ipykernel)"  # as JupyterLab writes it
    assert text == nbformat.writes(notebook) + "\n"
    assert "application/vnd.jupyter.widget-view+json" not in text  # shown by nobody without a kernel
    assert '"execution"' not in text


@pytest.mark.parametrize("path", TEACHING, ids=lambda path: path.stem)
def test_cells_are_short_and_figures_are_visible_to_a_browser_that_trusts_no_drawing(path: Path) -> None:
    for cell in code_cells(path):
        assert cell.source.count("\n") < 12
        for output in cell.outputs:
            assert ("image/svg+xml" in output.get("data", {})) == ("image/png" in output.get("data", {}))


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_caption_names_the_county_and_the_year(path: Path) -> None:
    elements = [
        output.get("data", {}).get(MIME_TYPE, {}) for cell in code_cells(path) for output in cell.outputs
    ]
    captions = [one["caption"] for one in elements if one.get("type") == "figure"]
    assert [one for one in captions if not re.search("(?:[市县区縣）].*|全国.*)20[0-9]{2}", one)] == []


def test_saving_in_jupyterlab_leaves_out_our_dropdowns_and_nothing_else() -> None:
    live: dict[str, Any] = {"data": {"application/vnd.jupyter.widget-view+json": {}}}
    plain: dict[str, Any] = {"name": "stdout", "text": "甲"}
    tagged = {"metadata": {"tags": ["pdf-skip"]}, "outputs": [live, plain]}
    other = {"metadata": {}, "outputs": [live, plain]}
    cells: list[dict[str, Any]] = [tagged, other, {"source": "# 题"}]
    leave_out_dropdowns({"type": "notebook", "content": {"cells": cells}}, path="a.ipynb")
    assert (tagged["outputs"], other["outputs"]) == ([plain], [live, plain])
    leave_out_dropdowns({"type": "directory", "content": None}, path="a")


def test_the_notebooks_lead_to_each_other_and_every_link_leads_to_a_file() -> None:
    for place, path in enumerate(TEACHING):
        text = "".join(
            cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"
        )
        linked = re.findall(r"\]\(([^)]+)\)", text)
        for name in linked:
            assert (path.parent / name).resolve().is_file(), (path.stem, name)
        neighbours = TEACHING[max(place - 1, 0) : place] + TEACHING[place + 1 : place + 2]
        assert {one.name for one in neighbours} <= set(linked)


# --- parameters that the batch, papermill and the notebook itself refuse ----------------------------


def test_the_batch_refuses_an_unknown_parameter_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"没有参数 divison_code；可用：.*division_code"):
        run_notebook(COUNTY_REPORT, {"divison_code": "370321"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_notebook_itself_refuses_what_plain_papermill_lets_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """papermill only warns of a misspelt name and turns ``-p division_code 010203`` into the integer 10203."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    with pytest.raises(PapermillExecutionError) as caught:
        papermill.execute_notebook(
            str(COUNTY_REPORT),
            str(tmp_path / "x.ipynb"),
            parameters={"divison_code": "340405", "division_code": 10203, "colour": "red"},
            cwd=str(NOTEBOOKS),
            progress_bar=False,
        )
    assert caught.value.ename == "ParameterError"
    for part in (
        "不认识的参数 divison_code，是否想写 division_code？",
        "收到 10203",
        "用 -r 而不是 -p",
        "不认识的参数 colour；可用参数：",
    ):
        assert part in caught.value.evalue
    written = json.loads((tmp_path / "x.ipynb").read_text(encoding="utf-8"))
    text = json.dumps(written, ensure_ascii=False)
    assert '"title_page"' not in text  # the default county did not slip in


# --- the stamp ---------------------------------------------------------------------------------------


def test_a_notebook_that_ran_something_else_than_ordered_is_refused() -> None:
    stamp = read_stamp(nbformat.read(COUNTY_REPORT, as_version=4))
    with pytest.raises(ReportError, match=f"division_code：要求 010203，实际 {stamp['division_code']}"):
        compare_stamp(stamp, {"division_code": "010203", "year": stamp["year"]})
    with pytest.raises(ReportError, match="nothing：要求 1，实际 （无）"):
        compare_stamp(stamp, {"nothing": "1"})


def test_a_notebook_without_a_title_page_has_no_stamp_and_is_refused() -> None:
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    with pytest.raises(ReportError, match="没有首页"):
        read_stamp(empty)

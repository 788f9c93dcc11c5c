"""Parquet datasets of school rows: as many counties and years as a nation has, handed on in portions.

Columns are the fields of the own template by name, values as the house holds them (``primary_school``, ``220``, ``true``).
A portion holds whole counties, so that everything that is made of a county is in it. Needs the extra ``parquet``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from balance_analysis.errors import ParameterError
from balance_analysis.terms import Sponsor
from balance_analysis.workbook.layouts import load_layout

if TYPE_CHECKING:
    from pyarrow.dataset import Dataset

SUFFIX = ".parquet"
PORTION_ROWS = 300_000
"""Rows of a portion, if its counties are not larger: some 1.2 GB with everything that is computed from them."""
REQUIRED = ("school_year", "division_code", "county", "school_code", "school_name", "school_type")
PRIVATE = "10"


def is_dataset(path: Path) -> bool:
    """Whether a path is a Parquet file, or a folder that holds some."""
    return path.suffix == SUFFIX if path.is_file() else bool(_files(path))


def _files(folder: Path) -> list[Path]:
    """The Parquet files of a folder by name; none of what is no folder."""
    return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX) if folder.is_dir() else []


def open_dataset(paths: Sequence[Path]) -> Dataset:
    """The files as one dataset; :class:`ParameterError` without the library or a required column, or with a wrong type."""
    try:
        import pyarrow
        import pyarrow.dataset
    except ImportError:
        raise ParameterError(
            "读取 Parquet 需要 pyarrow；请运行 pip install 'balance-analysis[parquet]'"
        ) from None
    files = [str(file) for path in paths for file in ([path] if path.is_file() else _files(path))]
    try:
        dataset = pyarrow.dataset.dataset(files, format="parquet")
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise ParameterError(
            f"无法作为 Parquet 读取：{'、'.join(Path(file).name for file in files)}（{error}）"
        ) from None
    lacking = [name for name in REQUIRED if name not in dataset.schema.names]
    if lacking:
        raise ParameterError(f"数据集缺少必需的列：{'、'.join(lacking)}；列名须与模板字段一致")
    sheet = load_layout("own_template").sheet("schools")
    assert sheet is not None
    for field in sheet.fields:
        if field.type in ("count", "quantity", "year") and field.name in dataset.schema.names:
            kind = dataset.schema.field(field.name).type
            if not (
                pyarrow.types.is_integer(kind)
                or pyarrow.types.is_floating(kind)
                or pyarrow.types.is_null(kind)
            ):
                raise ParameterError(f"列 {field.name} 应为数值，实为 {kind}；请在写出数据集时改正")
    return dataset


def county_years(dataset: Dataset) -> pd.DataFrame:
    """Rows and latest school year of every county: division_code, rows, last_year; sorted by code."""
    table = dataset.to_table(columns=["division_code", "school_year"])
    found = (
        table.group_by("division_code")
        .aggregate([("school_year", "count"), ("school_year", "max")])
        .to_pandas()
    )
    found = found.rename(columns={"school_year_count": "rows", "school_year_max": "last_year"})
    found = found.dropna(subset=["division_code"])
    counties: pd.DataFrame = found.sort_values("division_code", ignore_index=True)
    return counties


def portions(dataset: Dataset, counties: pd.DataFrame, *, rows: int = PORTION_ROWS) -> Iterator[pd.DataFrame]:
    """The school rows of these counties, whole counties at a time, columns as the reader of workbooks hands them on."""
    import pyarrow.dataset

    sheet = load_layout("own_template").sheet("schools")
    assert sheet is not None
    fields = [field for field in sheet.fields if field.name in dataset.schema.names]
    number = (counties["rows"].cumsum() - counties["rows"]) // rows
    for _, part in counties.groupby(number, sort=True):
        codes = part["division_code"].tolist()
        code = pyarrow.dataset.field("division_code")
        # the range is what lets row groups be skipped: a set alone is looked for in all of them
        wanted = (code >= min(codes)) & (code <= max(codes)) & code.isin(codes)
        frame = dataset.to_table(columns=[field.name for field in fields], filter=wanted).to_pandas()
        yield _typed(frame, [field.name for field in sheet.fields])


def faulty_counties(schools: pd.DataFrame) -> dict[str, str]:
    """Counties whose rows cannot be judged, with the first fault of each as a Chinese sentence."""
    sheet = load_layout("own_template").sheet("schools")
    assert sheet is not None
    choices = load_layout("own_template").choices
    rule = next(field.pattern for field in sheet.fields if field.name == "division_code")
    numbers = [
        field.name for field in sheet.fields if field.type in ("count", "quantity") and field.name in schools
    ]
    key = ["school_year", "division_code", "school_code"]
    away = (schools["counted_as_school"] == False).fillna(False)  # noqa: E712
    campuses = schools[away].rename(columns={"school_code": "campus", "main_school_code": "school_code"})
    mains = schools[schools["school_code"].isin(campuses["school_code"].unique())]
    lost = ~pd.MultiIndex.from_frame(campuses[key]).isin(pd.MultiIndex.from_frame(mains[key]))
    alone = pd.Series(False, index=schools.index)
    alone[away] = lost
    figures = schools[numbers]
    faults = {
        "行政区划代码的写法不对": ~schools["division_code"].str.fullmatch(rule),
        "学年或学校标识码为空": schools[["school_year", "school_code"]].isna().any(axis=1),
        "同一学年学校标识码重复": schools.duplicated(key, keep=False),
        "有负数或无穷大": ((figures < 0) | (figures == float("inf"))).any(axis=1),
        "办学类型不在允许的范围内": ~schools["school_type"].isin(list(choices["school_type"].values())),
        "不计校数的校区没有主校": alone,
    }
    if "urban_rural_code" in schools:
        known = schools["urban_rural_code"].isin(list(choices["urban_rural_code"].values()))
        faults["城乡分类代码不在允许的范围内"] = ~known & schools["urban_rural_code"].notna()
    found: dict[str, str] = {}
    for sentence, mask in faults.items():
        for code, count in schools.loc[mask, "division_code"].value_counts(sort=False).items():
            found.setdefault(str(code), f"{sentence}（{count}行）")
    return found


def _typed(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    absent: dict[str, Any] = {
        name: None for name in ("counted_as_school", "main_school_code", "sponsor_type") if name not in frame
    }
    frame = frame.assign(**absent)
    sponsor = frame["sponsor_type"].astype("str")
    said = sponsor.notna() & (sponsor != "None")
    kind = pd.Series(Sponsor.PUBLIC.value, index=frame.index, dtype="str").mask(
        sponsor == PRIVATE, Sponsor.NON_GOVERNMENT.value
    )
    return frame.assign(sponsor=kind.where(said))

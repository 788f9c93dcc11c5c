"""Boundaries of counties from GeoJSON, in one file or a file each, for a map beside a table: nothing is judged by them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from balance_analysis.errors import ParameterError, system_reason

Ring = tuple[tuple[float, float], ...]
Boundaries = Mapping[str, tuple[Ring, ...]]
"""Outlines (longitude, latitude in degrees) by ``division_code``, holes among them."""
CODE_PROPERTIES: Final = ("division_code", "行政区划代码", "区划代码", "adcode", "code", "gb", "id")
"""Where files keep a county's code, the first that holds one counts."""
LARGEST_FILE: Final = 2**28
_CODE = re.compile(r"(?:156)?([1-9][0-9]{5})(?:0{6})?")
"""Six digits, behind the number of the country or before those of towns."""


class _Folder(Mapping[str, tuple[Ring, ...]]):
    """A folder with a file for each county, named by its code, as collections of the whole country come: read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        names = (path for path in folder.iterdir() if path.suffix.lower() in (".geojson", ".json"))
        self._files = {match[1]: path for path in sorted(names) if (match := _CODE.fullmatch(path.stem))}
        self._read: dict[str, tuple[Ring, ...]] = {}

    def __getitem__(self, code: str) -> tuple[Ring, ...]:
        if code not in self._read:
            self._read[code] = _file_boundaries(self._files[code]).get(code, ())
        return self._read[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def read_boundaries(path: Path, codes: Iterable[str] = ()) -> Boundaries:
    """The boundaries of a file, or of a folder with a file for each county; a code that comes twice has all its parts.

    Features without a code or an area are left out; a file that is a single shape has its code as its name. Of a folder the counties in
    ``codes`` are read at once, others when they are asked for. Raises :class:`ParameterError` for a file that is no GeoJSON, holds
    coordinates that are no degrees, or has no county at all; so does asking for a faulty file.
    """
    if not path.is_dir():
        return _file_boundaries(path)
    try:
        known = _Folder(path)
    except OSError as error:
        raise ParameterError(f"打不开边界文件夹 {path}：{system_reason(error)}") from None
    if not known:
        raise ParameterError(
            f"边界文件夹 {path} 中没有以六位行政区划代码命名的 GeoJSON 文件（如 370321.geojson）"
        )
    for code in codes:
        known.get(code)
    return known


def _file_boundaries(path: Path) -> Boundaries:
    found: dict[str, list[Ring]] = {}
    for code, shape in _shapes(path):
        try:
            found.setdefault(code, []).extend(_rings(shape))
        except (KeyError, TypeError, ValueError):
            raise ParameterError(f"边界文件 {path} 中 {code} 的坐标有误：应为经纬度（度）") from None
    kept = {code: tuple(rings) for code, rings in found.items() if rings}
    if not kept:
        raise ParameterError(f"边界文件 {path} 中没有带六位行政区划代码（如属性“adcode”）的区县")
    return kept


def _shapes(path: Path) -> Iterator[tuple[str, Any]]:
    """Code and geometry of every county in a file."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ParameterError(
                f"边界文件 {path} 太大（超过{LARGEST_FILE >> 20}兆字节）；请改用简化后的边界"
            )
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ParameterError(f"打不开边界文件 {path}：{system_reason(error)}") from None
    except (ValueError, RecursionError):
        raise ParameterError(f"边界文件 {path} 不是 GeoJSON（JSON 格式有误）") from None
    named = _CODE.fullmatch(path.stem)
    if named and isinstance(content, dict) and "features" not in content:
        yield named[1], content.get("geometry", content)
        return
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        raise ParameterError(f"边界文件 {path} 不是 GeoJSON：没有“features”列表")
    for feature in features:
        code = _code(feature) or (named[1] if named else "")
        if code:
            yield code, feature.get("geometry", {}) if isinstance(feature, dict) else {}


def _code(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    values = (properties.get(name) for name in CODE_PROPERTIES) if isinstance(properties, dict) else ()
    return next((match[1] for value in values if (match := _CODE.fullmatch(str(value)))), "")


def _rings(geometry: Any) -> Iterator[Ring]:
    """The rings of a polygon or of several; other kinds have none."""
    if geometry is None or geometry["type"] not in ("Polygon", "MultiPolygon"):
        return
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for ring in (ring for part in parts for ring in part):
        points = tuple((float(point[0]), float(point[1])) for point in ring)
        if not all(math.isfinite(x) and abs(x) <= 180 and abs(y) <= 90 for x, y in points):
            raise ValueError("degrees")
        if len(points) > 2:
            yield points

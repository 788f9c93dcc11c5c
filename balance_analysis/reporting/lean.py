"""Executed notebooks as small files that still hold all a report is set from.

In a delivered notebook the elements' data and drawings are packed together (xz, in the notebook's metadata);
:func:`unpacked` gives back what the notebook showed, drawing and data to the letter.
"""

from __future__ import annotations

import json
import lzma
from base64 import b85decode, b85encode
from copy import deepcopy
from typing import Any, Final

import nbformat

from balance_analysis.views.elements import MIME_TYPE

PACKED: Final = "packed"
SVG: Final = "image/svg+xml"
PLAIN: Final = ("title_page", "verdict")
"""Elements that stay as they are: the stamp can be read without unpacking."""


def lean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with small outputs; the one that is given is left as it is."""
    small, store = deepcopy(notebook), []
    for data in _outputs(small):
        content = data.get(MIME_TYPE)
        if content is None or content["type"] in PLAIN:
            continue
        store.append({name: data[name] for name in (MIME_TYPE, SVG) if name in data})
        data.pop(SVG, None)
        data[MIME_TYPE] = {"type": content["type"], PACKED: len(store) - 1}
        data["text/plain"] = data.get("text/plain", "").partition("\n")[0]
    text = json.dumps(store, ensure_ascii=False, sort_keys=True)
    small.metadata[PACKED] = b85encode(lzma.compress(text.encode())).decode("ascii")
    return small


def unpacked(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with the data and drawings that :func:`lean` packed; others come back unchanged."""
    if PACKED not in notebook.metadata:
        return notebook
    whole = deepcopy(notebook)
    store = json.loads(lzma.decompress(b85decode(whole.metadata.pop(PACKED))))
    for data in _outputs(whole):
        place = data.get(MIME_TYPE, {}).get(PACKED)
        if place is not None:
            data.update(nbformat.from_dict(store[place]))  # type: ignore[no-untyped-call]
    return whole


def notebook_text(notebook: nbformat.NotebookNode) -> str:
    """A notebook as the text of its file, one cell a line."""
    whole = dict(notebook)
    cells = ",\n".join(_compact(cell) for cell in whole.pop("cells"))
    return f'{{"cells":[\n{cells}\n],{_compact(whole)[1:]}\n'


def _outputs(notebook: nbformat.NotebookNode) -> list[Any]:
    return [
        output["data"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output
    ]


def _compact(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

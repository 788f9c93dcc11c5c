"""Build the documentation: ``python -m sphinx -W -b html docs build/site`` (``docs/developer/documentation.md``)."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_extensions")]
# The kernels that execute pages find the package of this checkout and write bytecode only once.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from balance_analysis import __version__  # noqa: E402

project = "县域义务教育均衡分析"
author = "The balance-analysis contributors"
version = release = __version__
language = "zh_CN"

extensions = ["myst_nb", "sphinx.ext.autodoc", "house_site"]
exclude_patterns = ["_static", "_extensions"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_number_source_lines = False
# The type that only the house's own typesetting reads stands beside SVG.
suppress_warnings = ["mystnb.unknown_mime_type"]
nb_mime_priority_overrides = [("html", "image/svg+xml", 0)]

add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_search_language = "zh_pairs"
html_copy_source = html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1f4e79", "color-brand-content": "#1f4e79"}
}

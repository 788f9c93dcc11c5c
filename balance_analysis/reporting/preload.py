"""Everything that the making of a report imports and looks up: the process from which a batch forks its workers loads it once."""

# ruff: noqa: E402
import gc
import sys

sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type] # nobody debugs these kernels; its import costs each of them 0.4 s

import ipykernel.kernelapp  # noqa: F401
import IPython.extensions.storemagic  # noqa: F401
import matplotlib.backends.backend_svg  # noqa: F401
import matplotlib_inline.backend_inline  # noqa: F401
import nbclient  # noqa: F401
import nbformat
import papermill.execute
import papermill.inspection  # noqa: F401
import requests  # noqa: F401
import tornado.gen
import tornado.platform.asyncio  # noqa: F401

import balance_analysis.reporting.batch
import balance_analysis.views.county.page
import balance_analysis.views.explain.page
import balance_analysis.views.programme.page
import balance_analysis.views.remediation.page  # noqa: F401
from balance_analysis.reporting.pdf import watermark
from balance_analysis.typefaces import covered_code_points
from balance_analysis.views.elements.fonts import compiler_fonts
from balance_analysis.views.elements.style import use_report_style

nbformat.v4.new_output("display_data")  # type: ignore[no-untyped-call] # reads and compiles what notebooks are checked by
nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]
compiler_fonts()
covered_code_points()
watermark()
use_report_style()
gc.collect()
gc.freeze()  # what is here stays: no worker's collector walks through it, or copies its pages by touching them

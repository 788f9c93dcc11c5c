"""The elements under the name of their former module; :mod:`balance_analysis.views.elements` has them all."""

from balance_analysis.views.elements import *  # noqa: F403
from balance_analysis.views.elements import __all__ as __all__

"""县域义务教育均衡分析：``import balance_analysis as ba``，``ba.open_county(…)`` 打开一个区县.

County-level balance of compulsory education in China: measures, verdicts, reports. The names of ``__all__`` are the analyst's door;
each is imported when it is first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Counties": "analyst",
    "County": "analyst",
    "dashboard": "analyst",
    "details": "analyst",
    "explore": "analyst",
    "first_file": "analyst",
    "measures": "measures",
    "open_counties": "analyst",
    "open_county": "analyst",
    "open_from_parameters": "analyst",
    "plot": "views.plot",
    "show": "views.show",
}
"""Name of the door → the module it comes from; a module of that name is the name itself."""

__all__ = [
    "Counties",
    "County",
    "__version__",
    "dashboard",
    "details",
    "explore",
    "first_file",
    "measures",
    "open_counties",
    "open_county",
    "open_from_parameters",
    "plot",
    "show",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{home}")
    found = module if name in ("measures", "plot") else getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__

"""County-level balance of compulsory education in China: measures, verdicts, reports."""

__version__ = "0.1.0"

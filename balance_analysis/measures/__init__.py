"""计算：差异系数等，按整列进行；不读文件、不对照限值、不造句."""

from balance_analysis.measures.coefficients import coefficient_of_variation, spread

__all__ = ["coefficient_of_variation", "spread"]

"""Everything that the making of a report imports: the process from which a batch forks its workers loads it once."""

import balance_analysis.reporting.batch
import balance_analysis.views.county.page
import balance_analysis.views.explain.page
import balance_analysis.views.programme.page
import balance_analysis.views.remediation.page  # noqa: F401

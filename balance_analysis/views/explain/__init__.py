"""Why, which school, how close, by when, between areas: tables, figures and pages."""

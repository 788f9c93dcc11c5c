"""Why, which school, by when: what stands behind a county's verdict."""

"""A county's implementation plan (实施方案): as it stands in its document, and beside the county's data."""

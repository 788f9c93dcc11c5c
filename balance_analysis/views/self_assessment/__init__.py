"""The county's own evaluation."""

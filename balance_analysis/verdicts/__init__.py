"""Measures × limits: outcome, margin and clause. Reads no file."""

"""What a report rests on: data left out or questioned, the limits of the law, readings, provenance."""

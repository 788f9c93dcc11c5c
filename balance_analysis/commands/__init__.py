"""Subcommands of the command line, one module each: options, one call, plain lines of text."""

"""The typed client of the scoring service."""

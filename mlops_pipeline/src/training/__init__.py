"""The candidates, their validation, their metrics and their export."""

"""The loan: its definition, its table, its readers and its splits."""

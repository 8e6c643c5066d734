"""Real servers under load, damage and nonsense; see `support.FULL` for how much of it."""

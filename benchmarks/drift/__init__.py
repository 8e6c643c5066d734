"""Drift: how often it alarms without cause, what it finds, how long it takes."""

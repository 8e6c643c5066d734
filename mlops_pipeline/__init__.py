"""Predicts whether a customer will pay a loan on time, from CSV to served decision."""

__version__ = "1.0.0"

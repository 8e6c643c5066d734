"""Predicts whether a customer will pay a loan on time, from CSV to served decision."""

import os

__version__ = "1.0.0"

# ONNX Runtime's wheels (from 1.29) tell their maker about each process and model, and keep an
# identifier on the disk; whoever loads this package first must say no before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

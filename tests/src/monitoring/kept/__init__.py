"""Tests of the kept counts."""

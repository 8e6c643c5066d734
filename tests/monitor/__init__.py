"""Tests of the process that counts and answers beside the service."""

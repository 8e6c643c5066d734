"""Counts of the prediction log that are kept, so that nobody has to read the log for them."""

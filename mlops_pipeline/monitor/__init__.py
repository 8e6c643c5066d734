"""Monitoring beside the service, in processes of their own: counts the log, answers about it.

The service starts `process` as it starts its lanes, and imports nothing of this: what drift needs
(SciPy) stays out of the processes that answer predictions.
"""

"""Tagging on clusters: the job on Dask, and functions for Spark."""

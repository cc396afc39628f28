"""Benchmarks with their own data; never part of the test run. ``python -m bench --help``."""

"""Notebooks run, many at once: a forked engine, a batch, Dask."""

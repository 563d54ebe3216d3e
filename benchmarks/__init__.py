"""Benchmarks: the commands that print the figures in the documents."""

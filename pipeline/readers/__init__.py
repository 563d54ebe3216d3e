"""Corpus files: one module for each format, behind the protocol of `base`, found by name in `registry`."""

"""The report of a run: one page, collected from a store and its audit."""

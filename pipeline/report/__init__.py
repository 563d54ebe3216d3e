"""The report of a run: what is told of it on one page, gathered from a store and its audit."""

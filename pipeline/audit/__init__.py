"""The audit: patterns that a model relies on but should not, each with the numbers that show it."""

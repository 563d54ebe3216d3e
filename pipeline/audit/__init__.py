"""The audit: which of a run's patterns a model leans on but should not, each with the numbers that say so."""

"""Evaluation: the quality of single rules, of rule sets and of their differences, and how it grows with their size."""

"""Explanations of single texts: what a label owes to each token."""

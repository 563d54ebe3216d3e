"""Explanations, rankings and progress, as a person sees them."""

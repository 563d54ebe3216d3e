"""The doctor: what camlode has here to work with, what is missing, and what to do about it."""

"""How good rules are: each by itself, a set of them, two sets against each other, and sets of growing size."""

"""The JSON API under /api: the questions of `PatternStore`, reviews, audits, rules and explanations."""

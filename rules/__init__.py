"""Rules: mined patterns matched in texts, rule classifiers fitted to them, and exports to other tools."""

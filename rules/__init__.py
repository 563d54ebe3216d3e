"""What is done with mined patterns: they are matched in texts, and rules are made of them."""

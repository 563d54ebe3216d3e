"""Everything that turns a corpus and a model into patterns and explanations."""

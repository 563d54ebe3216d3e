"""The demo: a corpus of questions and a small classifier, made here, and mined."""

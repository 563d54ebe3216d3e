"""The demo: a generated corpus and a small classifier, mined and explained."""

"""The explorer: the pages and the JSON API over a store, which `camlode serve` serves."""

"""The explorer: HTML pages and a JSON API over a store, served by `camlode serve`."""

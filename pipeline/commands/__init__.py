"""The subcommands of `camlode`: one module for each word that the user types, and what they share."""

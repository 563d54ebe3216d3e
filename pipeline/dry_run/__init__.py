"""The dry run of a job (`camlode mine --dry-run`): checks, a sample and an estimate, without any change."""

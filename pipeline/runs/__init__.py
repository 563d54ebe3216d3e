"""The run of a job: its start, its ledger, its observers, its report, and how it is resumed."""

"""One run of a job: how it begins or goes on, who follows it, and what it says at the end."""

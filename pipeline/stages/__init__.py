"""The stages of a job, one file each: functions of their arguments that know nothing of where they run."""

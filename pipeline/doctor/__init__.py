"""The doctor: checks of the installation, of a store and of a job, with what to do about each problem."""

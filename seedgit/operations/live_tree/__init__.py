"""The parts of a sync: what a program wrote, what a live file has to hold, what is remembered."""

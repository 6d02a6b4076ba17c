"""The command line: renders what operations return, and chooses the exit status."""

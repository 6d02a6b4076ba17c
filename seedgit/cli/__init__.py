"""The command line: prints what operations return, and chooses the exit status."""

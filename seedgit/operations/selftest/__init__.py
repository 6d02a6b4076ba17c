"""`seedgit selftest`: whether what seedgit promises holds on this machine and file system."""

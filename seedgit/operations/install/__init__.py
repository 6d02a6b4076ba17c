"""What `seedgit init` puts into a clone: the driver, the hooks, the attributes."""

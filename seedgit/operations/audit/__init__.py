"""What `seedgit doctor` looks at, one module a subject; `findings` has the codes."""

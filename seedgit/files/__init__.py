"""Opens, reads and replaces files where somebody may have put a link, or may be writing."""

"""Files opened, read and replaced where somebody may have put a link, or may be writing."""

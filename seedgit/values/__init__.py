"""Values of any format, and what works on them: pointers, patches, diffs, aligned lists."""

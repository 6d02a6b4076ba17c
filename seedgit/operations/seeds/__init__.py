"""The seeds of a clone: which there are, where each record belongs, and what is known of them."""

"""Secrets: values that are stored encrypted with age, per value, to an overlay's recipients."""

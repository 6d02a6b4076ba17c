"""The checks for CI. `commits` checks a range of commits."""

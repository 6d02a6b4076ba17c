"""What CI asks of commits: `commits` checks a range of them."""

"""Shot logs: who is in the picture when."""

"""What is generated from the protocol's definitions."""

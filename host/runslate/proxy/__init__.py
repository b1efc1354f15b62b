"""A bad link on purpose: stands between a port and a node and does what real cables and radios do, by a seed."""

"""Runslate: what really happened in a running scene."""

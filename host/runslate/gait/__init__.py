"""Gait from raw samples, after the fact: arrays in, arrays out, no I/O."""

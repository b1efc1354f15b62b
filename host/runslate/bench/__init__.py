"""Benchmarks: what the firmware costs on the emulated board, and against which budget."""

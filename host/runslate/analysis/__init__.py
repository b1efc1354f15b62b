"""Pure analysis of a take: arrays in, tables out, no I/O, times in whole microseconds."""

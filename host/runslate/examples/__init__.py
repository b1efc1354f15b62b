"""Facts that ship with Runslate."""

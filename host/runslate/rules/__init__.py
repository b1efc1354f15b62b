"""Rules about who runs: `alone`, `apart`, `double only`, `at most`."""

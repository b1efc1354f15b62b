"""Privacy: consent per runner, exports under a pseudonym, and the purge of one person."""

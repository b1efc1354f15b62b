"""Clearances: who may run with the lead, by whose word, with the whole history."""

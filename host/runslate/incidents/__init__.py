"""Incidents: hits, limps and falls as records for the safety file. Words of a record, no diagnosis."""

"""Emulated runners, and people who do not run: what no open recording shows, with exact truth."""

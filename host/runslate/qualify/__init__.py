"""Qualification: timed treadmill runs of a candidate against a profile of the lead."""

"""Footfalls as music: MIDI, a click track, the curve of beats per minute, and how far a run is on a beat."""

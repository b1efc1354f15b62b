"""Audits: does a rule about who runs hold, over a catalogue or a library of takes."""

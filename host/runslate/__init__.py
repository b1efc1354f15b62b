"""Runslate: what really happened in a running scene.

Begin with `rig` (nodes that are connected), `library` (what was recorded), `collect` and `analysis` (what it means).
docs/map.md of the checkout says which file does what.
"""

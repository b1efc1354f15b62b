"""What holds for every test: examples may take their time, for a busy machine is no defect of the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

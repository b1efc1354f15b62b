"""Compile the run loop against the rp2040py sources named by RP2040PY_SOURCE."""

import os

from Cython.Build import cythonize
from setuptools import Extension, setup

setup(
    py_modules=[],
    ext_modules=cythonize(
        [Extension("runslate_fastloop", ["fastloop.pyx"], extra_compile_args=["-O3"])],
        include_path=[os.environ["RP2040PY_SOURCE"]],
    ),
)

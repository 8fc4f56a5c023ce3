"""Benchmarks: each file or package of commands runs as `python -m benchmarks.<name>`.

`make bench` measures speed and memory. `systems/` is what is measured, `inputs/` the recordings and
weights, `measures/` error rates, processes and results.
"""

import os

# Threads of OpenBLAS spin on a second core after each product. Ray sets the same limit for the
# server's stages.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

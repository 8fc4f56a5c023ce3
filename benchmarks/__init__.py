"""Benchmarks; `make bench` runs them all."""

import os

# NumPy's product in the spectrogram would keep a second core spinning for as long as an engine in
# this process, or a peer, runs beside it. Ray sets the same for the server's stages.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

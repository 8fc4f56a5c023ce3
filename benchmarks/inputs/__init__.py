"""Recordings and weights that the benchmarks use."""

"""Whisper by int8 layers for CPUs, with decoding steps that batches share."""

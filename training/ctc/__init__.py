"""Training of wav2vec2 with a CTC output layer; run as `python -m training.ctc`."""

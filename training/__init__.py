"""Training of the models that the service runs: CTC, Whisper adapters, language head, sentiment."""

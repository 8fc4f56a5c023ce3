"""Training of low-rank adapters for Whisper, by distillation or from transcripts."""

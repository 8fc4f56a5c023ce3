"""Whisper by CTranslate2, on CPUs and GPUs."""

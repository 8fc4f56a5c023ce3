"""Whisper by torch, from safetensors or a CTranslate2 model; CUDA graphs on a GPU."""

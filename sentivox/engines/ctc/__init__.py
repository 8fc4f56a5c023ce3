"""CTC models: wav2vec2, XLS-R and MMS, with an adapter for each language."""

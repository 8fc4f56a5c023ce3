"""Sources of recordings with transcripts: Debian, a folder with a table, the Hugging Face hub."""

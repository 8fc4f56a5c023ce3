"""Language detection by Whisper, and the languages of a file over time."""

"""Single clips: reading, checks, loudness, copies and duplicates."""

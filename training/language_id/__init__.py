"""Training of a head for language detection; run as `python -m training.language_id`."""

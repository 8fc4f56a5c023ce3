"""Training of the sentiment classifier; run as `python -m training.sentiment`."""

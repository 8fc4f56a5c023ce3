"""Sounds without speech, synthetic and recorded: for training and for measuring invented text."""

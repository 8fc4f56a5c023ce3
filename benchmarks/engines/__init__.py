"""Accuracy, speed and memory of engines and compute types."""

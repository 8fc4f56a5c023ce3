"""Command `python -m training.sentiment`."""

from __future__ import annotations

from training.sentiment.train import main

main()

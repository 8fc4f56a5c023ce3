"""Command `python -m training.language_id`."""

from __future__ import annotations

from training.language_id.command import main

main()

"""Command `python -m training.ctc`."""

from __future__ import annotations

from training.ctc.command import main

main()

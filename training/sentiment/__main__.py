from __future__ import annotations

from training.sentiment.train import main

main()

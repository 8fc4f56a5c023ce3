"""From recordings with transcripts to training shards; run as `python -m preprocessing.prepare`."""

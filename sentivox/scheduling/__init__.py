"""Scheduling: which waiting work forms the next batch, and which requests are admitted."""

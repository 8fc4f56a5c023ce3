"""Sentiment of texts by multilingual-e5-small with a linear head."""

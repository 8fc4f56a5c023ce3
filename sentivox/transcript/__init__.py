"""Transcripts: sentences, speakers and the order of segments."""

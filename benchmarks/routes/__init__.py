"""Choice of a recogniser for each language, by word error rate."""

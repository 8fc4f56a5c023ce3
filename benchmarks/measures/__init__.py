"""Error rates, percentiles, memory and processor time, and the result of a benchmark."""

"""Systems under test: this server, its engine in process, and others."""

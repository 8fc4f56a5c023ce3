"""Live sessions: audio in, turns of interim and final text out, without sockets or clocks."""

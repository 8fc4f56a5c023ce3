"""RTFx at full load: the server, its engine in process, and other systems, in turns."""

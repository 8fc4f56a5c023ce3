"""Whether answers are right in kind: at any load, after silence, for damaged files."""

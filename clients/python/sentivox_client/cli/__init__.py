"""The `sentivox` command."""

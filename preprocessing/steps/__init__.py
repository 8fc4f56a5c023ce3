"""The steps of a preparation, on Ray Data: gather, clean, find duplicates, finish, card."""

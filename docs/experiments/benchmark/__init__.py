"""A small benchmark: frozen tasks, one file a method, one table."""

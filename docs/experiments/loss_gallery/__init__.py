"""The gallery of objectives (1.2 continued)."""

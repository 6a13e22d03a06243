"""Figures, players and switches of the pages."""

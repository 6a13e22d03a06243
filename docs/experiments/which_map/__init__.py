"""Which of the maps that are right a generator learns, with and without a transport cost."""

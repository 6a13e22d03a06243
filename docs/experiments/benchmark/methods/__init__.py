"""The entrants, one file each: a function of a task, a number of generator moves and a key, whose
result draws samples."""

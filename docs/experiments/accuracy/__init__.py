"""How exact the functions of arrays are: the largest error, in units of the last place, against 50
digits."""

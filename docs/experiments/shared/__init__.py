"""What several pages train: players and sources on the line, a judge of classes, several games at
once."""

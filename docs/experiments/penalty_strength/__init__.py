"""How strong a penalty of the critic should be, and how often it has to be computed."""

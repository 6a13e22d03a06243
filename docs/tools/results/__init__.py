"""Results of experiments: the cache of light ones, the tables of heavy ones."""

"""Creative adversarial networks on portraits in sixteen styles (3.1 and 3.2)."""

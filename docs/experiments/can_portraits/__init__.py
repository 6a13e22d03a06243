"""Creative adversarial networks on portraits in sixteen artists' styles (3.1 and 3.2)."""

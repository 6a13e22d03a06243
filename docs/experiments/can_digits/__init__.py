"""Creative adversarial networks on digits (3.1 and 3.2)."""

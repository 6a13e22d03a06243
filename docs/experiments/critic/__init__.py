"""What a critic really computes, on the line, where distances and potentials are exact."""

"""From loans to probabilities and decisions."""

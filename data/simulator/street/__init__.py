"""Streets: ground, surroundings, traffic and people."""

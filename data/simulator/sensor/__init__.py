"""The simulated sensor: rays, returns, noise."""

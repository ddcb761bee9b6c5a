"""Training of SqueezeDet on pictures."""

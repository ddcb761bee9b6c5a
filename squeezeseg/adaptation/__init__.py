"""Adaptation of a trained network to a sensor: streets as that sensor sees them, training, checks without labels."""

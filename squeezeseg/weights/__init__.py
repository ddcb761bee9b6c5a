"""Trained weights: their files and their cards."""

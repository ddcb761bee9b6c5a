"""Scores: labels against ground truth, by point, object, distance and confidence."""

"""Weights made small: pruned, sharing values or in equal steps, as many bytes as there are to spend."""

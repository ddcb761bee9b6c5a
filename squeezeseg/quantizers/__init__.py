"""Rounding to few bits in the forward pass, with gradients that training can use."""

"""The stochastic super net: shared weights, a distribution over the networks of a space, and their latencies."""

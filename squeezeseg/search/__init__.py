"""Search of networks for a processor: what a layer takes there, which networks there could be, and the best of them."""

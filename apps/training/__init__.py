"""The steps of `squeezeseg train` around the training itself: its data, its fits, its scores."""

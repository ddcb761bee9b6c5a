"""A search: its settings, its data, its loop, and the ranking of what it found."""

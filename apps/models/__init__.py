"""What `squeezeseg models` lists: networks that can be built, and trained ones."""

"""What `squeezeseg detect` and its companions share and print."""

"""What `squeezeseg profile` says, draws and gives as JSON."""

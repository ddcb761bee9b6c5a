"""What `squeezeseg search` takes, prints and draws."""

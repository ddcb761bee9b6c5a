"""What `squeezeseg frontier` does, prints and draws."""

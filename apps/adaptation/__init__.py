"""What `squeezeseg adapt` opens, writes and prints."""

"""The program that a person starts: commands, pictures, pages, windows."""

"""The measurements of `squeezeseg bench`, and their tables and plots."""

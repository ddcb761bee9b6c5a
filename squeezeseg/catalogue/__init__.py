"""The networks that there are: to build, and trained, with what is known of each."""

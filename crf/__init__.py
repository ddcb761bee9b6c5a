"""The recurrent conditional random field that cleans up a network's labels."""

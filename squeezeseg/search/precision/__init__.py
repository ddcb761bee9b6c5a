"""Search for how many bits each layer of a trained network needs, of its weights and of what it reads."""

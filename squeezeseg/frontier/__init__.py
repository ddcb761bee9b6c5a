"""The frontier: networks under one training budget, by what they score and what they cost."""

"""Streets: their plan, what lines them, who uses them."""

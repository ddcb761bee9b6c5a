"""Training: samples, augmentation, losses, the loop, and what is fitted afterwards."""

"""Speed and energy of a segmenter, measured."""

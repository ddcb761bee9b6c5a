"""Pictures: range images and views from above, in perspective, of errors, and the palette that all of them share."""

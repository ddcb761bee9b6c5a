"""Pictures of labelled scans, and the colours that everything is drawn with."""

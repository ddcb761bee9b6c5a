"""Sources of recorded scans, one file per format."""

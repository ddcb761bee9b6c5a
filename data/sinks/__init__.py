"""Writers of labelled scans, one file per format."""

"""Detection: whole boxes from ConvDet, SqueezeDet's head (Wu et al., SqueezeDet, arXiv 1612.01051)."""

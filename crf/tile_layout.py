"""The layout of the tiles that `crf.label_kernels` works on.

A tile is at most `MOST` columns of an image and its context. A row of a tile is kept for four classes (or seven pairs
of pixels and two bandwidths) one after the other, `P` values each, so that whatever a pixel needs lies at a fixed
distance: LLVM makes vector code of a loop of a hundred streams only if it sees that few arrays could overlap. Of each
kind of row the last `SLOTS` are kept, in a ring, and the first two of these once more behind it: three rows that follow
each other in the image then do so in memory.
"""

from __future__ import annotations

CLASSES = 4
WINDOW = (3, 5)
P = 544
"""Values in a row of a tile: its columns, two empty ones at either side, and what makes the sum a multiple of 16."""
MOST = P - 4
Q = CLASSES * P
PAIRS = 7
V = 2 * PAIRS * P
N = 3 * P
SLOTS = 8
RING = SLOTS + 2
STEP = 16
"""Columns that are worked on or passed over together: a vector's, of the widest."""

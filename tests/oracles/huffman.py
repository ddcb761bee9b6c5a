"""Huffman's total by its definition: merge the two rarest again and again, each merger costs what it merges."""

from __future__ import annotations

from collections.abc import Sequence


def shortest_total(counts: Sequence[int]) -> int:
    """Bits of all words together; a symbol that is alone takes one each time."""
    waiting = sorted(n for n in counts if n)
    if len(waiting) == 1:
        return waiting[0]
    total = 0
    while len(waiting) > 1:
        merged = waiting[0] + waiting[1]
        total += merged
        waiting = sorted([*waiting[2:], merged])
    return total

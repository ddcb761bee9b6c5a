"""Text files of others: whatever editor wrote them, and within bounds."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from data.regular_file import read_bytes

MAX_BYTES = 16 << 20
_ENCODINGS = {BOM_UTF8: "utf-8-sig", BOM_UTF16_LE: "utf-16", BOM_UTF16_BE: "utf-16"}


def read_text(path: Path, *, most: int = MAX_BYTES, errors: str = "strict") -> str:
    r"""The text of a file in UTF-8, or in UTF-16 with a byte order mark; without the mark, lines end in '\n'.

    most: bytes that are read at the most. errors: what becomes of bytes that are no text, see `bytes.decode`.

    Raises:
        OSError: it can't be read, is larger, or no regular file, which may never end; `strerror` says which.
        ValueError: it is no text.
    """
    data = read_bytes(path, most=most)
    encoding = next((name for mark, name in _ENCODINGS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding, errors)
    except UnicodeDecodeError:
        raise ValueError("no text in UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path, *, most: int = MAX_BYTES) -> list[str]:
    """The lines of a text file that are not blank, without the blanks around them. Raises as `read_text` does."""
    return [stripped for line in read_text(path, most=most).split("\n") if (stripped := line.strip())]

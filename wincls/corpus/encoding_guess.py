"""The likely encoding of bytes that are not what they should be."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

_SAMPLE = 1 << 14  # bytes that are looked at
_LEAST = 0.6  # share of the characters that have to be likely ones

_PUNCTUATION = (
    "\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff08\uff09\u300c\u300d\u300a\u300b\u201c\u201d\u2018\u2019"
)


def _leads(encoding: str, first: int, last: int) -> Callable[[str], bool]:
    """Characters whose first byte is in a range, which is that of the common ones."""

    def common(char: str) -> bool:
        encoded = char.encode(encoding, "ignore")
        return char in _PUNCTUATION or (len(encoded) == 2 and first <= encoded[0] <= last)

    return common


def _pattern(characters: str) -> Callable[[str], bool]:
    matches = re.compile(f"[{characters}]").match
    return lambda char: matches(char) is not None


# Where several fit equally, the first wins: Hangul's bytes are common ideographs in gb18030 too.
_CANDIDATES: dict[str, Callable[[str], bool]] = {
    "cp1252": _pattern(
        "\u00df-\u00ff\u00c0\u00c4\u00c7\u00c9\u00d6\u00dc\u2013\u2014\u2018-\u201e\u20ac\u00ab\u00bb\u00b0\u00a0"
    ),
    "cp1251": _pattern("\u0430-\u044f\u0451\u0454\u0456\u0457\u045e"),
    "koi8-r": _pattern("\u0430-\u044f\u0451"),
    "shift_jis": _pattern("\u3040-\u30ff\u3001\u3002\u4e00-\u9fff"),
    "euc-jp": _pattern("\u3040-\u30ff\u3001\u3002\u4e00-\u9fff"),
    "euc-kr": _pattern("\uac00-\ud7a3"),
    "gb18030": _leads("gb2312", 0xB0, 0xD7),
    "big5": _leads("big5", 0xA4, 0xC6),
}
_KANA = _pattern("\u3040-\u30ff")
_LEAST_KANA = 0.15  # share in Japanese; Chinese bytes that are read as Japanese have fewer


def likely_encoding(raw: bytes, before: bytes = b"") -> str:
    """The name of the encoding that bytes are likely in; empty if none is.

    raw: from the first byte that could not be decoded on.
    before: what comes before it.
    """
    if not before and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-32" if raw.startswith(b"\xff\xfe\0\0") else "utf-16"
    if raw.count(b"\0", 0, _SAMPLE) > len(raw[:_SAMPLE]) // 5:
        nulls = [(before[-64:] + raw[:_SAMPLE])[first::2].count(b"\0") for first in (0, 1)]
        swapped = len(before[:-64]) % 2  # whether the sample starts within a character
        return "utf-16-be" if nulls[swapped] > nulls[1 - swapped] else "utf-16-le"
    # From the start of the word, whose first bytes may have been read as something else.
    sample = (
        before[max(before.rfind(b"\t"), before.rfind(b" "), before.rfind(b"\n")) + 1 :][-64:] + raw[:_SAMPLE]
    )
    shares = {name: _share(sample, name, likely) for name, likely in _CANDIDATES.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _LEAST else ""


def encoding_of(raw: bytes) -> str:
    """The name of the encoding that a file's bytes are likely in; empty if it is UTF-8, or cannot be told.

    Characters of UTF-8 before the first byte that is none speak for a damaged file.
    """
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        return likely_encoding(raw[error.start :], before) if before.isascii() else ""
    return ""


def with_byte_order(encoding: str, raw: bytes) -> str:
    """The encoding's name with the byte order, for UTF-16 or UTF-32 without a byte order mark.

    raw: the first bytes of the file.
    """
    name = codecs.lookup(encoding).name
    if name == "utf-16" and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        sample = raw[:_SAMPLE]
        return "utf-16-be" if sample[::2].count(b"\0") > sample[1::2].count(b"\0") else "utf-16-le"
    if name == "utf-32" and not raw.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32-be" if raw.startswith(b"\0") else "utf-32-le"
    return encoding


def _share(sample: bytes, encoding: str, likely: Callable[[str], bool]) -> float:
    """The share of the characters other than ASCII that are likely ones in the encoding."""
    text = sample.decode(encoding, "replace")
    others = [char for char in text if not char.isascii()]
    if not others:
        return 0.0
    if encoding == "cp1252":  # its letters stand among ASCII ones; other texts have them in runs
        runs = len(re.findall(rb"[\x80-\xff]+", sample))
        if runs < 0.6 * len(others):
            return 0.0
    if encoding in ("shift_jis", "euc-jp") and sum(map(_KANA, others)) < _LEAST_KANA * len(others):
        return 0.0
    return sum(map(likely, others)) / len(others)

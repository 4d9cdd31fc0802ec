"""What makes a sound file hostile: changes of bytes, of words, and of what lies in packings."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Callable, Sequence

INTEGERS = (0, 1, 2, 3, 7, 255, 256, 32767, 65535, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1)
WORDS = (
    "",
    "0",
    "-1",
    "1e999",
    "-1e-400",
    "nan",
    "inf",
    "None",
    "null",
    "true",
    "99999999999999999999",
    "9" * 5000,
    "0x7f",
    "1_000",
    "12:30:45",
    "2020-13-45",
    ".",
    "..",
    "../../outside",
    "/etc/passwd",
    "C:\\outside",
    "~",
    "\0",
    "a\0b",
    "\x1b[31m",
    "\u202e",
    "Ünïcödé",
    "名前",
    "𝔘",
    "\ud800",
    "\ufeff",
    "%s%n%999999d",
    "${HOME}",
    "`id`",
    "; touch outside",
    "<script>alert(1)</script>",
    "\"'><img src=x>",
    "{{7*7}}",
    "!!python/object/apply:os.system ['touch outside']",
    "!!python/name:os.system",
    "!!binary 'x'",
    "!!timestamp 'x'",
    "!!int 'x'",
    "!!float 'x'",
    "!!set {a}",
    "&a [*a]",
    "*a",
    "&a [x,x]\n- &b [*a,*a]",
    "<<: *a",
    "- " * 300,
    "[" * 3000,
    "{" * 3000,
    "{'a':" * 2000,
    "(" * 3000,
    "\t",
    "\t\t\t",
    ",",
    ";",
    '"',
    "\n",
    "\r",
    "\r\n",
    "\v\f\x1c\x85\u2028",
    "x" * 70000,
)
"""Words that mean something to one reader or another."""

_MOST_BYTES = 1 << 16
"""No hostile file is longer, so that what it may unpack to is known."""


def hostile_bytes(sound: bytes, rng: random.Random, words: Sequence[bytes] = ()) -> bytes:
    """Change a few places of a file as if it were no text; ``words`` are its format's own."""
    content = bytearray(sound)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 9))):
        rng.choice(_BYTE_CHANGES)(content, rng, words)
    return bytes(content[:_MOST_BYTES])


def hostile_text(sound: str, rng: random.Random, words: Sequence[str] = ()) -> bytes:
    """Change a few lines and words of a text."""
    text = sound
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        text = rng.choice(_TEXT_CHANGES)(text, rng, words)
    content = text.encode("utf-8", "surrogatepass")[:_MOST_BYTES]
    return hostile_bytes(content, rng) if rng.random() < 0.1 else content


def hostile_gzip(sound: bytes, rng: random.Random, words: Sequence[bytes] = ()) -> bytes:
    """Change a file and gzip it; now and then damage the packed bytes, or pack a flood."""
    chance = rng.random()
    if chance < 0.01:
        return gzip.compress(sound + bytes(rng.choice((1 << 16, 1 << 22, 1 << 25))), 1, mtime=0)
    if chance < 0.1:
        return hostile_bytes(gzip.compress(sound, mtime=0), rng)
    return gzip.compress(hostile_bytes(sound, rng, words), 1, mtime=0)


def hostile_zip(entries: dict[str, bytes], rng: random.Random) -> bytes:
    """Pack entries under hostile names, with hostile content, or damage the archive itself."""
    buffer = io.BytesIO()
    packing = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(buffer, "w", packing) as archive:
        for name, content in entries.items():
            chance = rng.random()
            if chance < 0.15:
                name = rng.choice(("../" * rng.randint(1, 9), "/", "C:\\", "..\\", "")) + name
            if chance < 0.05:
                name = rng.choice(WORDS).replace("\ud800", "")[:60000] or "x"
            changed = hostile_bytes(content, rng) if rng.random() < 0.2 else content
            archive.writestr(zipfile.ZipInfo(name), changed, packing)
    packed = buffer.getvalue()
    return hostile_bytes(packed, rng) if rng.random() < 0.6 else packed


def _flip(content: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    if content:
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _number(content: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    width = rng.choice((1, 2, 4, 8))
    value = rng.choice(INTEGERS) * rng.choice((1, -1)) % (1 << (8 * width))
    place = rng.randrange(max(1, len(content)))
    content[place : place + width] = value.to_bytes(width, rng.choice(("little", "big")))


def _head_number(content: bytearray, rng: random.Random, words: Sequence[bytes]) -> None:
    """Most formats say in their first few hundred bytes what they hold."""
    head = content[:400]
    _number(head, rng, words)
    content[:400] = head


def _remove(content: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    place = rng.randrange(max(1, len(content)))
    del content[place : place + rng.choice((1, 2, 4, 16, 200))]


def _repeat(content: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    place = rng.randrange(max(1, len(content)))
    piece = content[place : place + rng.choice((1, 2, 8, 32, 200))]
    content[place:place] = piece * rng.choice((1, 1, 2, 50))


def _cut(content: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    del content[rng.randrange(max(1, len(content))) :]


def _word(content: bytearray, rng: random.Random, words: Sequence[bytes]) -> None:
    place = rng.randrange(max(1, len(content)))
    common = rng.choice(WORDS).encode("utf-8", "surrogatepass")
    word = rng.choice(words) if words and rng.random() < 0.7 else common
    content[place : place + rng.choice((0, len(word)))] = word


def _line(text: str, rng: random.Random, words: Sequence[str]) -> str:
    """Remove, repeat or exchange lines."""
    lines = text.split("\n")
    place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    change = rng.randrange(4)
    if change == 0:
        del lines[place]
    elif change == 1:
        lines[place:place] = [lines[other]] * rng.choice((1, 1, 3, 100))
    elif change == 2:
        lines[place], lines[other] = lines[other], lines[place]
    else:
        lines.insert(place, _any_word(rng, words))
    return "\n".join(lines)


def _exchanged(text: str, rng: random.Random, words: Sequence[str]) -> str:
    """Put a word in the place of a run of letters or digits."""
    starts = [i for i in range(len(text)) if text[i].isalnum() and not text[i - 1 : i].isalnum()]
    if not starts:
        return text + _any_word(rng, words)
    start = end = rng.choice(starts)
    while end < len(text) and (text[end].isalnum() or text[end] in "._-"):
        end += 1
    return text[:start] + _any_word(rng, words) + text[end:]


def _inserted(text: str, rng: random.Random, words: Sequence[str]) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + _any_word(rng, words) + text[place + rng.choice((0, 0, 1, 5)) :]


def _halved(text: str, rng: random.Random, _: Sequence[str]) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _any_word(rng: random.Random, words: Sequence[str]) -> str:
    return rng.choice(words) if words and rng.random() < 0.4 else rng.choice(WORDS)


_ByteChange = Callable[[bytearray, random.Random, Sequence[bytes]], None]
_TextChange = Callable[[str, random.Random, Sequence[str]], str]
_BYTE_CHANGES: tuple[_ByteChange, ...] = (
    _flip,
    _flip,
    _number,
    _head_number,
    _head_number,
    _remove,
    _repeat,
    _cut,
    _word,
    _word,
)
_TEXT_CHANGES: tuple[_TextChange, ...] = (
    _line,
    _exchanged,
    _exchanged,
    _exchanged,
    _inserted,
    _halved,
)

"""Pictures of a notebook: within an output, attached to a cell, or in a file beside the notebook."""

import base64
import binascii
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from kuntakoonti.core.errors import message
from kuntakoonti.core.markup import Element, Nodes

IMAGE_TYPES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
SUFFIXES = {
    ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".gif": "image/gif", ".webp": "image/webp",
}  # fmt: skip
NOT_SHOWN = message("[A picture is damaged and cannot be shown.]")
MOST_BYTES = 50_000_000  # of a picture in a file
_SIGNATURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/svg+xml": re.compile(rb"\s*(<\?xml|<!--|<!DOCTYPE|<svg)", re.IGNORECASE),
}
_TITLE = re.compile(r"<title[^>]*>([^<]+)</title>|<desc[^>]*>([^<]+)</desc>")


def joined(source: str | Iterable[str]) -> str:
    """A text that a notebook's file may keep as a list of lines."""
    return source if isinstance(source, str) else "".join(source)


def data_address(mime: str, data: str | bytes) -> str:
    """A picture as the address that holds it; ``data`` is base64 already, or an SVG's text or bytes."""
    if isinstance(data, bytes):
        encoded = base64.b64encode(data).decode()
    elif mime == "image/svg+xml" and "<" in data:
        encoded = base64.b64encode(data.encode()).decode()
    else:
        encoded = "".join(data.split())
    return f"data:{mime};base64,{encoded}"


def picture_bytes(source: str) -> tuple[str, bytes] | None:
    """The type and the bytes of a picture held by an address, None where they are no such picture."""
    kind, _, encoded = source.removeprefix("data:").partition(";base64,")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    signature = _SIGNATURES.get(kind)
    return (kind, data) if signature and signature.match(data) else None


def as_png(source: str) -> str:
    """A bitmap in the form that every program sets (four inks are three colours); empty if it is damaged."""
    from PIL import Image  # slow to import, and seldom needed

    found, memory = picture_bytes(source), io.BytesIO()
    try:
        with Image.open(io.BytesIO(found[1] if found else b"")) as image:
            image.convert("RGBA").save(memory, "PNG")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return ""
    return data_address("image/png", memory.getvalue())


def title_within(source: str) -> str:
    """The title or description that an SVG carries, empty without one."""
    found = picture_bytes(source)
    if found is None or found[0] != "image/svg+xml":
        return ""
    said = _TITLE.search(found[1].decode("utf-8", "replace"))
    return " ".join((said[1] or said[2]).split()) if said else ""


@dataclass
class CellPictures:
    """What stands for the images that a cell's texts name: attachments, files, else their words.

    ``warn`` hears of what could not be shown.
    """

    attachments: Mapping[str, Mapping[str, str | list[str]]]
    folder: Path | None
    warn: Callable[[str], None]

    def __call__(self, attributes: Mapping[str, str]) -> Nodes:
        """The picture, or its words and its address where it cannot be had."""
        source = attributes.get("src", "").strip()
        found = self._attached(source) if source.startswith("attachment:") else self._file(source)
        if found:
            sizes = {k: attributes[k] for k in ("width", "height") if attributes.get(k)}
            alternative = attributes.get("alt", "")
            return (Element("img", attributes={"src": found, "alt": alternative, **sizes}),)
        return self._words(source, attributes.get("alt", "").strip())

    def _attached(self, source: str) -> str:
        held = self.attachments.get(unquote(source.removeprefix("attachment:")), {})
        mime = next((mime for mime in IMAGE_TYPES if mime in held), "")
        return data_address(mime, joined(held[mime])) if mime else ""

    def _file(self, source: str) -> str:
        """A file by its address relative to the notebook; nothing is fetched from elsewhere."""
        if self.folder is None or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//|/|\\", source):
            return ""
        path = self.folder / unquote(source.partition("?")[0].partition("#")[0])
        mime = SUFFIXES.get(path.suffix.lower(), "")
        try:
            if not mime or path.stat().st_size > MOST_BYTES:
                return ""
            return data_address(mime, path.read_bytes())
        except (OSError, ValueError):
            return ""

    def _words(self, source: str, alternative: str) -> Nodes:
        short = source if len(source) < 200 else "data:…"
        self.warn(short or "–")
        if re.match("https?:", source):
            return (Element("a", (f"[{alternative or source}]",), attributes={"href": source}),)
        return (f"[{alternative or short}]",)

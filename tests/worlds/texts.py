"""What a file says, whatever its kind."""

import re
import zipfile
from pathlib import Path

import pikepdf
from bs4 import BeautifulSoup


def texts_of(path: Path) -> list[bytes]:
    """Everything a file says: its bytes, the parts of an XLSX or ZIP, the streams of a PDF."""
    found = [path.read_bytes()]
    if path.suffix in (".xlsx", ".zip"):
        with zipfile.ZipFile(path) as book:
            found += [book.read(name) for name in book.namelist()]
    if path.suffix == ".pdf":
        with pikepdf.open(path) as pdf:
            streams = [o for o in pdf.objects if isinstance(o, pikepdf.Stream)]
            kept = [o for o in streams if "/DCTDecode" not in str(o.get("/Filter"))]
            # An object stream begins with the places of its objects, which are numbers of no page.
            found += [o.read_bytes()[int(o.get("/First", 0)) :] for o in kept]
            found.append(str(pdf.docinfo).encode())
    return found


def said(path: Path) -> str:
    """The words of a page, one line per block, alternative texts included."""
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    assert soup.main
    for image in soup.main.find_all("img"):
        image.replace_with(f"[kuva: {image.get('alt')}]")
    for row in soup.main.find_all("tr"):
        cells = [
            re.sub(r"\s+", " ", c.get_text(" ", strip=True)) for c in row.find_all(["th", "td"])
        ]
        row.replace_with(soup.new_string("\n" + " | ".join(cells)))
    text = soup.main.get_text("\n").replace("\u00a0", " ").replace("\u00ad", "")
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if line) + "\n"


def leaks(output: Path, words: tuple[str, ...]) -> list[str]:
    """Files outside restricted/ that say one of these words, in their text or in their name."""
    return [
        f"{path.relative_to(output)}: {word}"
        for path in sorted(output.rglob("*"))
        if path.is_file() and path.relative_to(output).parts[0] != "restricted"
        for text in texts_of(path)
        for word in words
        if word.encode() in text or word in str(path)
    ]

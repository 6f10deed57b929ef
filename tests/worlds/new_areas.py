"""The parameters of another area."""

from pathlib import Path


def filled_in(path: Path) -> None:
    """What the person in the area writes into the empty places."""
    text = path.read_text(encoding="utf-8")
    text = text.replace('sender: {fi: ""', 'sender: {fi: "Kaupunki · Työllisyysalue"')
    text = text.replace('contact: {fi: ""', 'contact: {fi: "controller, kirjaamon kautta"')
    text = text.replace("case_number:\n", 'case_number: "12/00.04.01/2025"\n')
    path.write_text(text, encoding="utf-8")

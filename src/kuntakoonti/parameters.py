"""YAML files read as plain text: no implicit types, no duplicate or unquoted keys, every line known.

YAML 1.1 reads ``016`` as 14 and ``no`` as False, and a duplicate key silently wins. Here every
scalar stays text; pydantic gives it its type, and whatever is wrong is said with file and line.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from kuntakoonti.errors import UsageError

_A_DAY = "kirjoita päivä muodossa 2025-01-31"
_READ_AS_ANOTHER_TYPE = re.compile(
    r"(?i)(0\d+|\d+|y|n|yes|no|on|off|true|false|null|~|\d{4}-\d{2}(-\d{2})?)"
)
_LOSES_ITS_ZEROS = re.compile(r"(?i)(0\d+|y|n|yes|no|on|off|null|~)")

_SAYS = {
    "bool": "kirjoita true tai false",
    "date": _A_DAY,
    "decimal": "kirjoita luku, esimerkiksi 0.80",
    "dict": "kirjoita avaimia ja arvoja",
    "finite": "kirjoita luku, esimerkiksi 0.80",
    "greater_than": "kirjoita suurempi kuin {gt}",
    "greater_than_equal": "kirjoita vähintään {ge}",
    "int": "kirjoita kokonaisluku",
    "less_than_equal": "kirjoita enintään {le}",
    "literal": "kirjoita jokin näistä: {expected}",
    "model": "kirjoita avaimia ja arvoja",
    "string_too_short": "kirjoita tähän jotakin",
    "string": "kirjoita yksi teksti",
    "too_short": "kirjoita ainakin yksi",
    "tuple": "kirjoita luettelo",
}

Path_ = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound="Strict")


def _written_as_a_day(value: object) -> object:
    """Pydantic would read a number as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError(_A_DAY)
    return value


def like(pattern: str, example: str) -> AfterValidator:
    """A text of this form; the complaint shows the example instead of the pattern."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"kirjoita muodossa {example}")
        return text

    return AfterValidator(check)


Day = Annotated[date, BeforeValidator(_written_as_a_day)]


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Source:
    """A YAML file as nested dicts, lists and text, the line of every key, and what is wrong."""

    file: str
    content: Any
    lines: dict[Path_, int]
    complaints: tuple[str, ...]

    def at(self, path: Path_, what: str) -> str:
        """A complaint about a place, or about the nearest place around it that has a line."""
        while path and path not in self.lines:
            path = path[:-1]
        name = f"{'.'.join(map(str, path))}: " if path else ""
        return f"{self.file}, rivi {self.lines.get(path, 1)}: {name}{what}"


class _Reader:
    def __init__(self, file: str) -> None:
        self.file, self.lines, self.complaints = file, dict[Path_, int](), list[str]()
        self.around: list[yaml.Node] = []

    def complain(self, node: yaml.Node, what: str) -> None:
        self.complaints.append(f"{self.file}, rivi {node.start_mark.line + 1}: {what}")

    def read(self, node: yaml.Node, path: Path_) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if node in self.around:
            self.complain(node, "viittaa itseensä; kirjoita arvo auki")
            return ""
        self.around.append(node)
        try:
            return self.content(node, path)
        finally:
            self.around.pop()

    def content(self, node: yaml.Node, path: Path_) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, i)) for i, item in enumerate(node.value)]
        return self.scalar(node)

    def scalar(self, node: yaml.Node) -> str:
        text = str(node.value)
        if getattr(node, "style", None) is None and _LOSES_ITS_ZEROS.fullmatch(text):
            self.complain(node, f'arvo ilman lainausmerkkejä; kirjoita "{text}"')
        return text

    def mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain(key_node, "avain ei ole teksti; laita arvo lainausmerkkeihin")
                continue
            key = str(key_node.value)
            if key_node.style is None and _READ_AS_ANOTHER_TYPE.fullmatch(key):
                self.complain(key_node, f'avain ilman lainausmerkkejä; kirjoita "{key}":')
            if key in found:
                self.complain(key_node, f"avain {key} on jo annettu; poista toinen")
            found[key] = self.read(value_node, (*path, key))
            self.lines[(*path, key)] = key_node.start_mark.line + 1
        return found


def read_yaml(path: Path) -> Source:
    """Read one YAML file; complaints are Finnish sentences with file, line and what to write."""
    reader = _Reader(path.name)
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except FileNotFoundError:
        missing = f"{path.name}: tiedosto puuttuu kansiosta {path.parent.name}"
        return Source(path.name, None, {}, (missing,))
    except OSError:
        return Source(path.name, None, {}, (f"{path.name}: tiedostoa ei voi lukea",))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", rivi {mark.line + 1}" if mark else ""
        return Source(path.name, None, {}, (f"{path.name}{where}: ei ole luettavaa YAMLia",))
    content = reader.read(node, ()) if node else {}
    return Source(path.name, content, reader.lines, tuple(reader.complaints))


def validate(model: type[ModelT], source: Source) -> tuple[ModelT | None, tuple[str, ...]]:
    """The model filled from a source, or None and all its complaints."""
    if source.content is None:
        return None, source.complaints
    try:
        filled = model.model_validate(source.content)
    except ValidationError as error:
        return None, (*source.complaints, *_complaints(error, model, source))
    return (None if source.complaints else filled), source.complaints


def wrong(sentences: list[str]) -> None:
    """Raise for a model all that is wrong in it, each as ``place: sentence``."""
    if sentences:
        raise ValueError("\n".join(sentences))


def _complaints(error: ValidationError, model: type[BaseModel], source: Source) -> Iterator[str]:
    known = sorted(_field_names(model))
    items = error.errors()
    for item in items:
        path, kind = item["loc"], item["type"]
        if kind == "extra_forbidden":
            near = difflib.get_close_matches(str(path[-1]), known, 1)
            hint = f"tarkoititko {near[0]}?" if near else f"tunnetut: {', '.join(known)}"
            yield source.at(path, f"tuntematon avain; {hint}")
        elif kind == "missing":
            yield source.at(path, f"puuttuu; lisää avain {path[-1]}")
        elif kind == "value_error":
            yield from _own(item["msg"].removeprefix("Value error, "), path, source)
        elif not any(i["loc"][: len(path)] == path != i["loc"] for i in items):
            yield source.at(path, f"arvo ei kelpaa; {_says(item)}")


def _own(message: str, path: Path_, source: Source) -> Iterator[str]:
    """The sentences of `wrong`, each at the place it begins with."""
    for sentence in message.split("\n"):
        name, _, what = sentence.partition(": ")
        inner = (*path, *(int(key) if key.isdigit() else key for key in name.split(".")))
        if what and inner in source.lines:
            yield source.at(inner, what)
        else:
            yield source.at(path, sentence)


def _says(item: Any) -> str:
    """What to write instead, in words of the area's language."""
    context = {k: str(v).replace(" or ", " tai ") for k, v in item.get("ctx", {}).items()}
    kind = max((k for k in _SAYS if item["type"].startswith(k)), key=len, default="")
    return _SAYS[kind].format(**context) if kind else str(item["msg"])


def _field_names(model: type[BaseModel]) -> set[str]:
    names: set[str] = set()
    pending, seen = [model], set[type]()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        names |= set(current.model_fields)
        for field in current.model_fields.values():
            pending += [t for t in _types_in(field.annotation) if issubclass(t, BaseModel)]
    return names


def _types_in(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _types_in(argument)


def refuse(complaints: list[str]) -> None:
    """Raise one UsageError that lists every complaint; nothing if there are none."""
    if complaints:
        raise UsageError(
            "Parametreissa on korjattavaa:\n" + "\n".join(f"  {c}" for c in complaints)
        )

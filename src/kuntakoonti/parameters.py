"""YAML files read as plain text: no implicit types, no duplicate or unquoted keys, every line known.

YAML 1.1 reads ``016`` as 14 and ``no`` as False, and a duplicate key silently wins. Here every
scalar stays text; pydantic gives it its type, and whatever is wrong is said with file and line.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from kuntakoonti.errors import UsageError

_READ_AS_ANOTHER_TYPE = re.compile(
    r"(?i)(0\d+|\d+|y|n|yes|no|on|off|true|false|null|~|\d{4}-\d{2}(-\d{2})?)"
)
_LOSES_ITS_ZEROS = re.compile(r"(?i)(0\d+|y|n|yes|no|on|off|null|~)")

Path_ = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound="Strict")


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


class _Reader:
    def __init__(self, file: str) -> None:
        self.file, self.lines, self.complaints = file, dict[Path_, int](), list[str]()

    def complain(self, node: yaml.Node, what: str) -> None:
        self.complaints.append(f"{self.file}, rivi {node.start_mark.line + 1}: {what}")

    def read(self, node: yaml.Node, path: Path_) -> Any:
        self.lines[path] = node.start_mark.line + 1
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
        return Source(path.name, None, {}, (f"{path.name}: tiedosto puuttuu kansiosta",))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", rivi {mark.line + 1}" if mark else ""
        return Source(path.name, None, {}, (f"{path.name}{where}: ei ole luettavaa YAMLia",))
    content = reader.read(node, ()) if node else {}
    return Source(path.name, content, reader.lines, tuple(reader.complaints))


def validate(model: type[ModelT], source: Source) -> tuple[ModelT | None, tuple[str, ...]]:
    """The model filled from a source, or None and all its complaints."""
    if source.complaints:
        return None, source.complaints
    try:
        return model.model_validate(source.content), ()
    except ValidationError as error:
        return None, tuple(_complaints(error, model, source))


def _complaints(error: ValidationError, model: type[BaseModel], source: Source) -> Iterator[str]:
    known = sorted(_field_names(model))
    for item in error.errors():
        path = item["loc"]
        while path and path not in source.lines:
            path = path[:-1]
        where = (
            f"{source.file}, rivi {source.lines.get(path, 1)}: {'.'.join(map(str, item['loc']))}"
        )
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(item["loc"][-1]), known, 1)
            hint = f"; tarkoititko {near[0]}?" if near else f"; tunnetut: {', '.join(known)}"
            yield f"{where}: tuntematon avain{hint}"
        elif item["type"] == "missing":
            yield f"{where}: puuttuu; lisää avain {item['loc'][-1]}"
        else:
            yield f"{where}: arvo ei kelpaa ({item['msg']})"


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

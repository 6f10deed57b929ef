"""YAML files read as plain text: no implicit types, no duplicate or unquoted keys, every line known.

YAML 1.1 reads ``016`` as 14 and ``no`` as False, and a duplicate key silently wins. Here every
scalar stays text; pydantic gives it its type, and whatever is wrong is said with file and line.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError
from yaml._yaml import CParser
from yaml.composer import Composer
from yaml.resolver import BaseResolver

from kuntakoonti.core.errors import message
from kuntakoonti.core.texts import Strict
from kuntakoonti.parameters.problems import Complaint, ModelViolations, Violation, finding

_ALIAS = message("refers to another place (*); write the value out")
_A_DAY = message("write the date as 2025-01-31")
_READ_AS_ANOTHER_TYPE = re.compile(
    r"(?i)(0\d+|\d+|y|n|yes|no|on|off|true|false|null|~|\d{4}-\d{2}(-\d{2})?)"
)
_LOSES_ITS_ZEROS = re.compile(r"(?i)(0\d+|y|n|yes|no|on|off|null|~)")

_SAYS = {
    "bool": message("the value is not valid; write true or false"),
    "date": message("the value is not valid; write the date as 2025-01-31"),
    "decimal": message("the value is not valid; write a number, for example 0.80"),
    "dict": message("the value is not valid; write keys and values"),
    "finite": message("the value is not valid; write a number, for example 0.80"),
    "greater_than": message("the value is not valid; write more than {gt}"),
    "greater_than_equal": message("the value is not valid; write at least {ge}"),
    "int": message("the value is not valid; write a whole number"),
    "less_than_equal": message("the value is not valid; write at most {le}"),
    "literal": message("the value is not valid; write one of these: {expected}"),
    "model": message("the value is not valid; write keys and values"),
    "string_too_short": message("the value is not valid; write something here"),
    "string": message("the value is not valid; write one text"),
    "too_short": message("the value is not valid; write at least one"),
    "tuple": message("the value is not valid; write a list"),
}
_OTHER = message("the value is not valid ({found}); correct it")

Path_ = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound="Strict")


def _written_as_a_day(value: object) -> object:
    """Pydantic would read a number as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ModelViolations(finding("", _A_DAY))
    return value


def like(pattern: str, example: str) -> AfterValidator:
    """A text of this form; the complaint shows the example instead of the pattern."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ModelViolations(finding("", "write it as {example}", example=example))
        return text

    return AfterValidator(check)


Day = Annotated[date, BeforeValidator(_written_as_a_day)]


@dataclass(frozen=True)
class Source:
    """A YAML file as nested dicts, lists and text, the line of every key, and what is wrong."""

    file: str
    content: Any
    lines: dict[Path_, int]
    complaints: tuple[Complaint, ...]

    def complaint(self, path: Path_, message: str, /, **values: object) -> Complaint:
        """A complaint about a place, or about the nearest place around it that has a line."""
        while path and path not in self.lines:
            path = path[:-1]
        place = ".".join(map(str, path))
        return Complaint(self.file, self.lines.get(path, 1), place, Violation(message, values))


class _WithoutAliases(Composer, CParser, BaseResolver):
    """Nine aliases of aliases would stand for a thousand million values; none is followed.

    Parsed by libyaml, which is seven times as fast as Python's own and knows no half characters.
    """

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self.aliases: list[yaml.Node] = []

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if not self.check_event(yaml.AliasEvent):
            return super().compose_node(parent, index)
        event = self.get_event()
        assert event
        marks = event.start_mark, event.end_mark
        instead = yaml.ScalarNode("", "", *marks, style='"')  # type: ignore[arg-type]
        self.aliases.append(instead)
        return instead


class _YamlReader:
    def __init__(self, file: str) -> None:
        self.file, self.lines, self.complaints = file, dict[Path_, int](), list[Complaint]()

    def complain(self, node: yaml.Node, message: str, /, **values: object) -> None:
        found = Violation(message, values)
        self.complaints.append(Complaint(self.file, node.start_mark.line + 1, "", found))

    def read(self, node: yaml.Node, path: Path_) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, i)) for i, item in enumerate(node.value)]
        return self.scalar(node)

    def scalar(self, node: yaml.Node) -> str:
        text = str(node.value)
        if not getattr(node, "style", "") and _LOSES_ITS_ZEROS.fullmatch(text):
            self.complain(node, 'value without quotation marks; write "{text}"', text=text)
        return text

    def mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain(key_node, "the key is not a text; put the value in quotation marks")
                continue
            key = str(key_node.value)
            if not key_node.style and _READ_AS_ANOTHER_TYPE.fullmatch(key):
                self.complain(key_node, 'key without quotation marks; write "{key}":', key=key)
            if key in found:
                self.complain(
                    key_node, "the key {key} is given already; remove one of them", key=key
                )
            found[key] = self.read(value_node, (*path, key))
            self.lines[(*path, key)] = key_node.start_mark.line + 1
        return found


def read_yaml(path: Path) -> Source:
    """Read one YAML file; complaints say file, line and what to write."""
    reader = _YamlReader(path.name)

    def unread(line: int, message: str, /, **values: object) -> Source:
        found = Complaint(path.name, line, "", Violation(message, values))
        return Source(path.name, None, {}, (found,))

    try:
        loader = _WithoutAliases(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        content = reader.read(node, ()) if node else {}
    except FileNotFoundError:
        return unread(
            0, "the file is missing from the folder {folder}; add it", folder=path.parent.name
        )
    except OSError:
        return unread(0, "the file cannot be read; check its permissions")
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        return unread(mark.line + 1 if mark else 0, "not readable YAML; correct the notation")
    for alias in loader.aliases:
        reader.complain(alias, _ALIAS)
    return Source(path.name, content, reader.lines, tuple(reader.complaints))


def validate(model: type[ModelT], source: Source) -> tuple[ModelT | None, tuple[Complaint, ...]]:
    """The model filled from a source, or None and all its complaints."""
    if source.content is None:
        return None, source.complaints
    try:
        filled = model.model_validate(source.content)
    except ValidationError as error:
        aliased = {c.line for c in source.complaints if c.finding.message == _ALIAS}
        found = (c for c in _complaints(error, model, source) if c.line not in aliased)
        return None, (*source.complaints, *found)
    return (None if source.complaints else filled), source.complaints


def _complaints(
    error: ValidationError, model: type[BaseModel], source: Source
) -> Iterator[Complaint]:
    known = sorted(_field_names(model))
    items = error.errors()
    for item in items:
        path, kind = item["loc"], item["type"]
        if kind == "extra_forbidden":
            yield _unknown(str(path[-1]), known, path, source)
        elif kind == "missing":
            yield source.complaint(path, "missing; add the key {key}", key=path[-1])
        elif kind == "value_error":
            yield from _own(item["ctx"]["error"], path, source)
        elif not any(i["loc"][: len(path)] == path != i["loc"] for i in items):
            yield _unfit(item, path, source)


def _unknown(key: str, known: Sequence[str], path: Path_, source: Source) -> Complaint:
    near = difflib.get_close_matches(key, known, 1)
    if near:
        return source.complaint(path, "unknown key; did you mean {key}?", key=near[0])
    return source.complaint(path, "unknown key; known: {keys}", keys=", ".join(known))


def _own(error: ValueError, path: Path_, source: Source) -> Iterator[Complaint]:
    """What a model's own checks found, each at its place."""
    assert isinstance(error, ModelViolations)
    for found in error.findings:
        names = found.place.split(".") if found.place else []
        inner = (*path, *(int(key) if key.isdigit() else key for key in names))
        yield source.complaint(inner, found.message, **found.values)


def _unfit(item: Any, path: Path_, source: Source) -> Complaint:
    """What to write instead of a value that has another form."""
    kind = max((k for k in _SAYS if item["type"].startswith(k)), key=len, default="")
    values = {k: str(v).replace(" or ", ", ") for k, v in item.get("ctx", {}).items()}
    return source.complaint(path, _SAYS.get(kind, _OTHER), **{"found": item["msg"], **values})


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

"""The options that several commands share, and the words that teach them."""

import re
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from kuntakoonti.cli.commands import FORMATS
from kuntakoonti.core.language import LANGUAGES
from kuntakoonti.core.settings import OutputFolder, settings_here

Text = Callable[[str], str]


def release(made: ArgumentParser, help: str, text: Text) -> None:
    """The name of a release, as the first word."""
    made.add_argument("release", metavar=text("RELEASE"), help=help)


def as_of(made: ArgumentParser, text: Text, required: bool = True) -> None:
    """The extraction date."""
    made.add_argument(
        "--as-of", default="", required=required, metavar=text("DATE"),
        help=text("extraction date, 2025-09-15: only what was recorded by then is used"),
    )  # fmt: skip


def data(made: ArgumentParser, text: Text, default: Path | None = None) -> None:
    """The folder of the input; required where there is no default."""
    made.add_argument("--data", type=Path, required=default is None, default=default,
                      metavar=text("FOLDER"), help=text("the folder with the five tables"))  # fmt: skip


def parameters(made: ArgumentParser, text: Text) -> None:
    """The folder of the parameters."""
    made.add_argument(
        "--parameters", type=Path, default=settings_here().parameters, metavar=text("FOLDER"),
        help=text("the folder with area.yml, services.yml and rules.yml; otherwise parameters"),
    )  # fmt: skip


def output(made: ArgumentParser, text: Text) -> None:
    """The folder of releases and archive."""
    made.add_argument(
        "--output", type=_output, default=settings_here().output, metavar=text("FOLDER"),
        help=text("the folder of drafts, releases and ledger; otherwise outputs"),
    )  # fmt: skip


def places(made: ArgumentParser, text: Text) -> None:
    """Data, parameters and output, all with defaults."""
    data(made, text, settings_here().data)
    parameters(made, text)
    output(made, text)


def municipality(made: ArgumentParser, text: Text) -> None:
    """The one municipality that a command is about."""
    made.add_argument("--municipality", required=True, metavar=text("MUNICIPALITY"),
                      help=text("municipality code, for example 857"))  # fmt: skip


def by(made: ArgumentParser, text: Text) -> None:
    """Who approves."""
    made.add_argument("--by", required=True, metavar=text("ROLE"),
                      help=text("the approver's role, not a name, for example controller"))  # fmt: skip


def _none_or_more(word: str) -> int:
    """A whole number from 0; argparse says that anything else is none."""
    if not re.fullmatch("[0-9]{1,4}", word):
        raise ValueError(word)
    return int(word)


_none_or_more.__name__ = "int"  # as argparse names what was asked for


def workers(made: ArgumentParser, text: Text) -> None:
    """How many processes."""
    made.add_argument(
        "--workers", type=_none_or_more, default=0, metavar=text("NUMBER"),
        help=text("how many pages are made at the same time; 0 is one a core"),
    )  # fmt: skip


def dry_run(made: ArgumentParser, text: Text) -> None:
    """Only say what would be done."""
    made.add_argument(
        "--dry-run", action="store_true",
        help=text("say what would be done and check the data, but write nothing"),
    )  # fmt: skip


def making(made: ArgumentParser, text: Text) -> None:
    """The options of `month` and `year-end`."""
    as_of(made, text)
    data(made, text)
    parameters(made, text)
    output(made, text)
    made.add_argument(
        "--municipality", action="append", default=[], metavar=text("MUNICIPALITY"),
        help=text("make only this municipality's page (repeatable); protection is always of the "
                  "whole area"),
    )  # fmt: skip
    made.add_argument(
        "--language", action="append", default=[], choices=LANGUAGES,
        help=text("language of the pages of all municipalities (repeatable); otherwise each "
                  "one's own"),
    )  # fmt: skip
    made.add_argument("--format", default=",".join(FORMATS), metavar=text("FORMATS"),
                      help=text("file formats separated by commas, for example html,pdf"))  # fmt: skip
    workers(made, text)
    made.add_argument(
        "--dask", default="", metavar=text("ADDRESS"),
        help=text("make the pages by the workers of a Dask scheduler, for example tcp://server:8786"),
    )  # fmt: skip
    made.add_argument(
        "--accept-history", action="store_true",
        help=text("go on although published closed counts differ from the records; needs --by and "
                  "is written to the ledger"),
    )  # fmt: skip
    made.add_argument("--by", default="", metavar=text("ROLE"),
                      help=text("the role that accepts the history, not a name"))  # fmt: skip
    made.add_argument("--approve-by", default="", metavar=text("ROLE"),
                      help=text("approve at once in this role; otherwise it is a draft"))  # fmt: skip
    dry_run(made, text)


def _output(text: str) -> OutputFolder:
    return OutputFolder(Path(text))

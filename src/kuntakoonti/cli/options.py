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
    made.add_argument("release", metavar=text("JULKAISU"), help=help)


def as_of(made: ArgumentParser, text: Text, required: bool = True) -> None:
    """The extraction date."""
    made.add_argument(
        "--as-of", default="", required=required, metavar=text("PÄIVÄ"),
        help=text("poimintapäivä, 2025-09-15: vain siihen mennessä kirjattu otetaan mukaan"),
    )  # fmt: skip


def data(made: ArgumentParser, text: Text, default: Path | None = None) -> None:
    """The folder of the input; required where there is no default."""
    made.add_argument("--data", type=Path, required=default is None, default=default,
                      metavar=text("KANSIO"), help=text("kansio, jossa on viisi taulua"))  # fmt: skip


def parameters(made: ArgumentParser, text: Text) -> None:
    """The folder of the parameters."""
    made.add_argument(
        "--parameters", type=Path, default=settings_here().parameters, metavar=text("KANSIO"),
        help=text("kansio, jossa ovat area.yml, services.yml ja rules.yml; muuten parameters"),
    )  # fmt: skip


def output(made: ArgumentParser, text: Text) -> None:
    """The folder of releases and archive."""
    made.add_argument(
        "--output", type=_output, default=settings_here().output, metavar=text("KANSIO"),
        help=text("luonnosten, julkaisujen ja arkiston kansio; muuten outputs"),
    )  # fmt: skip


def places(made: ArgumentParser, text: Text) -> None:
    """Data, parameters and output, all with defaults."""
    data(made, text, settings_here().data)
    parameters(made, text)
    output(made, text)


def municipality(made: ArgumentParser, text: Text) -> None:
    """The one municipality that a command is about."""
    made.add_argument("--municipality", required=True, metavar=text("KUNTA"),
                      help=text("kuntanumero, esimerkiksi 857"))  # fmt: skip


def by(made: ArgumentParser, text: Text) -> None:
    """Who approves."""
    made.add_argument("--by", required=True, metavar=text("ROOLI"),
                      help=text("hyväksyjän rooli, ei nimi, esimerkiksi controller"))  # fmt: skip


def _none_or_more(word: str) -> int:
    """A whole number from 0; argparse says that anything else is none."""
    if not re.fullmatch("[0-9]{1,4}", word):
        raise ValueError(word)
    return int(word)


_none_or_more.__name__ = "int"  # as argparse names what was asked for


def workers(made: ArgumentParser, text: Text) -> None:
    """How many processes."""
    made.add_argument(
        "--workers", type=_none_or_more, default=0, metavar=text("LUKU"),
        help=text("montako sivua tehdään yhtä aikaa; 0 on yksi ydintä kohti"),
    )  # fmt: skip


def dry_run(made: ArgumentParser, text: Text) -> None:
    """Only say what would be done."""
    made.add_argument(
        "--dry-run", action="store_true",
        help=text("kerro, mitä tehtäisiin, ja tarkista tiedot, mutta älä kirjoita mitään"),
    )  # fmt: skip


def making(made: ArgumentParser, text: Text) -> None:
    """The options of `month` and `year-end`."""
    as_of(made, text)
    data(made, text)
    parameters(made, text)
    output(made, text)
    made.add_argument(
        "--municipality", action="append", default=[], metavar=text("KUNTA"),
        help=text("tee vain tämän kunnan sivu (toistettava); suojaus tehdään aina koko alueelle"),
    )  # fmt: skip
    made.add_argument(
        "--language", action="append", default=[], choices=LANGUAGES,
        help=text("sivujen kieli kaikille kunnille (toistettava); muuten kunnan omat kielet"),
    )  # fmt: skip
    made.add_argument("--format", default=",".join(FORMATS), metavar=text("MUODOT"),
                      help=text("tiedostomuodot pilkuin erotettuina, esimerkiksi html,pdf"))  # fmt: skip
    workers(made, text)
    made.add_argument(
        "--dask", default="", metavar=text("OSOITE"),
        help=text("tee sivut Dask-ajastimen työläisillä, esimerkiksi tcp://palvelin:8786"),
    )  # fmt: skip
    made.add_argument("--approve-by", default="", metavar=text("ROOLI"),
                      help=text("hyväksy samalla tässä roolissa; muuten tulee luonnos"))  # fmt: skip
    dry_run(made, text)


def _output(text: str) -> OutputFolder:
    return OutputFolder(Path(text))

"""The commands and their help, in the language of the area."""

import argparse
import gettext
import os
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from kuntakoonti import __version__
from kuntakoonti.cli import commands, options
from kuntakoonti.core.language import CATALOGUES, Language

Text = Callable[[str], str]
Command = Callable[[str, Callable[..., int], str, str], argparse.ArgumentParser]
WIDTH = 92


class Parser(argparse.ArgumentParser):
    """A parser that says after a mistake where help is."""

    language = Language()

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and what to do next, and exit with 2."""
        helped = self.language.text("Help and an example: {command}", command=f"{self.prog} --help")
        super().error(f"{message}\n{helped}")


def parse(words: Sequence[str], language: Language) -> argparse.Namespace:
    """The options of a command; SystemExit 2 with the next step for wrong usage."""
    with _argparse_in(language):
        return parser(language).parse_args(words)


@contextmanager
def _argparse_in(language: Language) -> Iterator[None]:
    """Let argparse say its own words in a language: it asks gettext, which asks ``LANGUAGE``."""
    before, domain = os.environ.get("LANGUAGE"), gettext.textdomain()
    gettext.bindtextdomain("argparse", str(CATALOGUES))
    gettext.textdomain("argparse")
    os.environ["LANGUAGE"] = language.code
    try:
        yield
    finally:
        gettext.textdomain(domain)
        del os.environ["LANGUAGE"]
        os.environ.update({} if before is None else {"LANGUAGE": before})


def parser(language: Language) -> Parser:
    """All commands with their help."""
    text: Text = language.text
    about = text(
        "Annexes to the invoices of municipalities in counts and euros, never persons. The month: "
        "check, month (draft), look at index.html, approve, sent."
    )
    more = text("Help and an example of a command: kuntakoonti COMMAND --help")
    form = argparse.RawDescriptionHelpFormatter
    made = Parser("kuntakoonti", description=textwrap.fill(about, WIDTH), epilog=more,
                  formatter_class=form)  # fmt: skip
    made.language = language
    made.add_argument("--version", action="version", version=f"kuntakoonti {__version__}",
                      help=text("show the program's version and exit"))  # fmt: skip
    group = made.add_subparsers(required=True, metavar=text("COMMAND"))

    def command(
        name: str, does: Callable[..., int], about: str, example: str
    ) -> argparse.ArgumentParser:
        heading = text("Example:")
        epilog = f"{heading}\n  kuntakoonti {name} {example}"
        new = group.add_parser(name, help=about, description=textwrap.fill(about, WIDTH),
                               epilog=epilog, formatter_class=form)  # fmt: skip
        new.language = language
        new.set_defaults(command=does)
        return new

    _make_commands(command, text)
    _approval_commands(command, text)
    _later_commands(command, text)
    _looking_commands(command, text)
    _restricted_commands(command, text)
    _beginning_commands(command, text)
    return made


def _make_commands(command: Command, text: Text) -> None:
    """check, month, year-end and run."""
    about = text("Check the input: list all errors and notes at once.")
    check = command("check", commands.check, about, "--data data/example --as-of 2025-09-15")
    options.data(check, text)
    options.as_of(check, text, required=False)
    check.add_argument("--csv", type=Path, metavar=text("FILE"),
                       help=text("write the list to this CSV file too"))  # fmt: skip
    options.parameters(check, text)

    about = text(
        "Make the month's annexes as drafts for all municipalities, and an overview of the area."
    )
    example = "2025-08 --as-of 2025-09-15 --data data/example"
    month = command("month", commands.month, about, example)
    month.add_argument("month", metavar=text("MONTH"), help=text("month, 2025-08"))
    options.making(month, text)
    month.add_argument(
        "--coarse", action="store_true",
        help=text("R9: budgets and advances only, for the whole area, after an attack has succeeded"),
    )  # fmt: skip

    about = text(
        "Make the year-end adjustment as drafts; before the closing date it is an estimate."
    )
    example = "2025 --as-of 2026-02-28 --data data/example"
    year_end = command("year-end", commands.year_end, about, example)
    year_end.add_argument("year", metavar=text("YEAR"), help=text("year, 2025"))
    options.making(year_end, text)

    about = text("Make a reproducible run: a month or a year's end whose choices are in a file.")
    run = command("run", commands.run, about, "parameters/runs/2025-08.yml")
    run.add_argument("file", type=Path, nargs="+", metavar=text("FILE"),
                     help=text("the run's file; if there are several, each is a run"))  # fmt: skip
    options.dry_run(run, text)


def _approval_commands(command: Command, text: Text) -> None:
    """approve, sent and correct."""
    about = text("Approve a draft: attack, final pages, a line in the ledger, the dispatch list.")
    approve = command("approve", commands.approve, about, "2025-08 --by controller")
    named = text("the draft to approve: 2025-08, 2025-tasausarvio or 2025-tasaus")
    options.release(approve, named, text)
    options.by(approve, text)
    options.output(approve, text)
    options.workers(approve, text)
    options.dry_run(approve, text)

    about = text("Record that a municipality's package was sent: when and how.")
    example = "2025-08 --municipality 297 --channel verkkolasku"
    sent = command("sent", commands.sent, about, example)
    options.release(sent, text("an approved release, 2025-08 or 2025-tasaus"), text)
    sent.add_argument("--municipality", action="append", required=True, metavar=text("MUNICIPALITY"),
                      help=text("the municipality that the package was sent to (repeatable)"))  # fmt: skip
    sent.add_argument("--channel", required=True, metavar=text("CHANNEL"),
                      help=text("how the package was sent, for example verkkolasku"))  # fmt: skip
    sent.add_argument("--date", default="", metavar=text("DATE"),
                      help=text("the day of sending, 2025-09-18; otherwise today"))  # fmt: skip
    options.output(sent, text)

    about = text(
        "Correct a wrong closed count: version 2 of the page, if the change does not tell too much."
    )
    example = (
        "2025-06 --municipality 857 --service palkkatuki --period 2025-03 "
        "--as-of 2025-10-15 --reason Kirjausvirhe. --by controller"
    )
    correct = command("correct", commands.correct, about, example)
    options.release(correct, text("the release in which the wrong count stands, 2025-06"), text)
    options.municipality(correct, text)
    correct.add_argument("--service", required=True, metavar=text("SERVICE"),
                         help=text("the name of the service or any (all together)"))  # fmt: skip
    correct.add_argument("--period", required=True, metavar=text("PERIOD"),
                         help=text("the period of the wrong count, 2025-03 or 2025-Q1"))  # fmt: skip
    options.as_of(correct, text)
    correct.add_argument("--reason", required=True, metavar=text("REASON"),
                         help=text("the reason as one sentence; it is printed on the page"))  # fmt: skip
    options.by(correct, text)
    options.places(correct, text)


def _later_commands(command: Command, text: Text) -> None:
    """recall, reproduce and prune."""
    about = text(
        "Record that a page was sent in error: from whom it is recalled and what replaces it."
    )
    example = '2025-08 857 --recipient "Kunta X" --reason … --by controller'
    recall = command("recall", commands.recall, about, example)
    options.release(recall, text("an approved release, 2025-08 or 2025-tasaus"), text)
    recall.add_argument(
        "municipality", metavar=text("MUNICIPALITY"), help=text("municipality code, 857")
    )
    recall.add_argument("--recipient", required=True, metavar=text("RECIPIENT"),
                        help=text("who got the page, an organisation and not a person"))  # fmt: skip
    recall.add_argument("--reason", required=True, metavar=text("REASON"),
                        help=text("what went wrong, as one sentence without names"))  # fmt: skip
    recall.add_argument("--noticed", default="", metavar=text("TIME"),
                        help=text("when it was noticed, 2025-10-02T14:30; otherwise now"))  # fmt: skip
    options.by(recall, text)
    options.output(recall, text)

    about = text("Make an approved release again beside the archive and compare every figure.")
    reproduce = command("reproduce", commands.reproduce, about, "2025-08 --data data/example")
    options.release(reproduce, text("an approved release, 2025-08 or 2025-tasaus"), text)
    options.places(reproduce, text)

    about = text(
        "List what in restricted/ is older than the area keeps it; remove it with --remove-by."
    )
    prune = command("prune", commands.prune, about, "--before 2025-01-01 --output outputs")
    prune.add_argument("--before", required=True, metavar=text("DATE"),
                       help=text("what is from before this day, 2025-01-01"))  # fmt: skip
    prune.add_argument("--remove-by", default="", metavar=text("ROLE"),
                       help=text("remove it, approved by this role; otherwise only say it"))  # fmt: skip
    options.dry_run(prune, text)
    options.parameters(prune, text)
    options.output(prune, text)


def _looking_commands(command: Command, text: Text) -> None:
    """status, attack and mend."""
    about = text("Show drafts, releases, failures and what is not sent, and verify the ledger.")
    options.output(command("status", commands.status, about, "--output outputs"), text)
    about = text("Attack everything published and tell which guarantee fell.")
    options.output(command("attack", commands.attack, about, "--output outputs"), text)
    about = text(
        "Mend a chained list of which only the end or the line ends are damaged, as status says."
    )
    mend = command("mend", commands.mend, about, "verify.jsonl --output outputs")
    mend.add_argument(
        "file", metavar=text("FILE"), help=text("ledger.jsonl or another list, as status says")
    )
    options.output(mend, text)


def _restricted_commands(command: Command, text: Text) -> None:
    """verify and trace: what they write stays in ``restricted/``."""
    about = text("Write the exact figures of a municipality for an authority entitled to them.")
    example = '2025-08 --municipality 857 --basis "410/2015, 121 §" --approved-by controller'
    verify = command("verify", commands.verify, about, example)
    options.release(verify, text("an approved release, 2025-08"), text)
    options.municipality(verify, text)
    verify.add_argument("--basis", required=True, metavar=text("BASIS"),
                        help=text("the law or decision that entitles"))  # fmt: skip
    verify.add_argument("--approved-by", required=True, metavar=text("ROLE"),
                        help=text("the role of who gives the figures out, not a name"))  # fmt: skip
    verify.add_argument("--recipient", default="", metavar=text("AUTHORITY"),
                        help=text("the authority that gets the figures"))  # fmt: skip
    options.places(verify, text)

    about = text("Write the records behind a figure to the folder restricted/.")
    example = "857 2025-08 --as-of 2025-09-15 --data data/example"
    trace = command("trace", commands.trace, about, example)
    trace.add_argument(
        "municipality", metavar=text("MUNICIPALITY"), help=text("municipality code, 857")
    )
    trace.add_argument("period", metavar=text("PERIOD"), help=text("2025-08, 2025-Q3 or 2025"))
    options.as_of(trace, text)
    options.data(trace, text)
    options.parameters(trace, text)
    options.output(trace, text)


def _beginning_commands(command: Command, text: Text) -> None:
    """new-area, new-sources, fold-extracts and example-data."""
    about = text("Write the parameters of another employment area, to be completed.")
    new_area = command("new-area", commands.new_area, about, "07 parametrit-07")
    new_area.add_argument(
        "area", metavar=text("AREA"), help=text("number of the employment area, 07")
    )
    new_area.add_argument("folder", type=Path, metavar=text("FOLDER"),
                          help=text("an empty or new folder for the parameters"))  # fmt: skip

    about = text(
        "Propose sources.yml: how a folder's exports are read. No value of a person is said."
    )
    new_sources = command(
        "new-sources", commands.new_sources, about, "exports --parameters parameters-07"
    )
    new_sources.add_argument("folder", type=Path, metavar=text("FOLDER"),
                             help=text("folder with the area's own exports"))  # fmt: skip
    options.parameters(new_sources, text)

    about = text(
        "Keep the history of the extracts as pseudonyms, so that raw exports can be deleted."
    )
    fold = command(
        "fold-extracts", commands.fold_extracts, about, "--data exports --output outputs"
    )
    options.places(fold, text)

    about = text("Write invented example data: five tables, not one real person.")
    example = command("example-data", commands.example_data, about, "tiedot --area 07 --months 12")
    example.add_argument("folder", type=Path, metavar=text("FOLDER"),
                         help=text("the folder that the tables are written to"))  # fmt: skip
    example.add_argument("--area", default="17", metavar=text("AREA"),
                         help=text("number of the employment area 01–45, or all: every one"))  # fmt: skip
    example.add_argument("--months", type=int, default=24, metavar=text("NUMBER"),
                         help=text("how many months; otherwise 24"))  # fmt: skip
    example.add_argument("--scale", type=float, default=1.0, metavar=text("NUMBER"),
                         help=text("clients compared with the usual; otherwise 1.0"))  # fmt: skip
    example.add_argument("--seed", type=int, default=1, metavar=text("NUMBER"),
                         help=text("seed: the same number gives the same data; otherwise 1"))  # fmt: skip
    example.add_argument("--as-export", action="store_true",
                         help=text("write the same data as exports of another area's systems"))  # fmt: skip

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
        helped = self.language.text("Ohje ja esimerkki: {command}", command=f"{self.prog} --help")
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
        "Kuntalaskutuksen liitteet lukumäärinä ja euroina, ei koskaan henkilöinä. "
        "Kuukausi: check, month (luonnos), katso index.html, approve, sent."
    )
    more = text("Komennon ohje ja esimerkki: kuntakoonti KOMENTO --help")
    form = argparse.RawDescriptionHelpFormatter
    made = Parser("kuntakoonti", description=textwrap.fill(about, WIDTH), epilog=more,
                  formatter_class=form)  # fmt: skip
    made.language = language
    made.add_argument("--version", action="version", version=f"kuntakoonti {__version__}",
                      help=text("näytä ohjelman versio ja lopeta"))  # fmt: skip
    group = made.add_subparsers(required=True, metavar=text("KOMENTO"))

    def command(
        name: str, does: Callable[..., int], about: str, example: str
    ) -> argparse.ArgumentParser:
        heading = text("Esimerkki:")
        epilog = f"{heading}\n  kuntakoonti {name} {example}"
        new = group.add_parser(name, help=about, description=textwrap.fill(about, WIDTH),
                               epilog=epilog, formatter_class=form)  # fmt: skip
        new.language = language
        new.set_defaults(command=does)
        return new

    _make_commands(command, text)
    _approval_commands(command, text)
    _looking_commands(command, text)
    _restricted_commands(command, text)
    _beginning_commands(command, text)
    return made


def _make_commands(command: Command, text: Text) -> None:
    """check, month, year-end and run."""
    about = text("Tarkista lähtötiedot: luettele kaikki virheet ja huomautukset kerralla.")
    check = command("check", commands.check, about, "--data data/example --as-of 2025-09-15")
    options.data(check, text)
    options.as_of(check, text, required=False)
    check.add_argument("--csv", type=Path, metavar=text("TIEDOSTO"),
                       help=text("kirjoita luettelo myös tähän CSV-tiedostoon"))  # fmt: skip
    options.parameters(check, text)

    about = text("Tee kuukauden liitteet luonnoksina kaikille kunnille ja yhteenveto alueelle.")
    example = "2025-08 --as-of 2025-09-15 --data data/example"
    month = command("month", commands.month, about, example)
    month.add_argument("month", metavar=text("KUUKAUSI"), help=text("kuukausi, 2025-08"))
    options.making(month, text)
    month.add_argument(
        "--coarse", action="store_true",
        help=text("R9: vain talousarviot ja ennakot koko alueelle, kun hyökkäys on onnistunut"),
    )  # fmt: skip

    about = text("Tee vuoden tasaus luonnoksina; ennen sulkemispäivää siitä tulee tasausarvio.")
    example = "2025 --as-of 2026-02-28 --data data/example"
    year_end = command("year-end", commands.year_end, about, example)
    year_end.add_argument("year", metavar=text("VUOSI"), help=text("vuosi, 2025"))
    options.making(year_end, text)

    about = text("Tee toistettava ajo: kuukausi tai vuodenvaihde, jonka valinnat ovat tiedostossa.")
    run = command("run", commands.run, about, "parameters/runs/2025-08.yml")
    run.add_argument("file", type=Path, nargs="+", metavar=text("TIEDOSTO"),
                     help=text("ajon tiedosto; jos niitä on monta, jokainen on ajo"))  # fmt: skip
    options.dry_run(run, text)


def _approval_commands(command: Command, text: Text) -> None:
    """approve, sent and correct."""
    about = text("Hyväksy luonnos: hyökkäys, lopulliset sivut, rivi arkistoon, lähetysluettelo.")
    approve = command("approve", commands.approve, about, "2025-08 --by controller")
    named = text("luonnos, joka hyväksytään: 2025-08, 2025-tasausarvio tai 2025-tasaus")
    options.release(approve, named, text)
    options.by(approve, text)
    options.output(approve, text)
    options.workers(approve, text)
    options.dry_run(approve, text)

    about = text("Merkitse kunnan paketti lähetetyksi: milloin ja miten.")
    example = "2025-08 --municipality 297 --channel verkkolasku"
    sent = command("sent", commands.sent, about, example)
    options.release(sent, text("hyväksytty julkaisu, 2025-08 tai 2025-tasaus"), text)
    sent.add_argument("--municipality", action="append", required=True, metavar=text("KUNTA"),
                      help=text("kunta, jolle paketti lähetettiin (toistettava)"))  # fmt: skip
    sent.add_argument("--channel", required=True, metavar=text("TAPA"),
                      help=text("miten paketti lähetettiin, esimerkiksi verkkolasku"))  # fmt: skip
    sent.add_argument("--date", default="", metavar=text("PÄIVÄ"),
                      help=text("lähetyspäivä, 2025-09-18; muuten tänään"))  # fmt: skip
    options.output(sent, text)

    about = text("Korjaa väärä valmis luku: sivun versio 2, jos muutos ei kerro liikaa.")
    example = (
        "2025-06 --municipality 857 --service palkkatuki --period 2025-03 "
        "--as-of 2025-10-15 --reason Kirjausvirhe. --by controller"
    )
    correct = command("correct", commands.correct, about, example)
    options.release(correct, text("julkaisu, jossa väärä luku on, 2025-06"), text)
    options.municipality(correct, text)
    correct.add_argument("--service", required=True, metavar=text("PALVELU"),
                         help=text("palvelun nimi tai any (kaikki yhteensä)"))  # fmt: skip
    correct.add_argument("--period", required=True, metavar=text("JAKSO"),
                         help=text("väärän luvun jakso, 2025-03 tai 2025-Q1"))  # fmt: skip
    options.as_of(correct, text)
    correct.add_argument("--reason", required=True, metavar=text("SYY"),
                         help=text("syy yhtenä virkkeenä; se painetaan sivulle"))  # fmt: skip
    options.by(correct, text)
    options.places(correct, text)


def _looking_commands(command: Command, text: Text) -> None:
    """status and attack."""
    about = text("Näytä luonnokset, julkaisut, viat ja lähettämättömät, ja tarkista arkisto.")
    options.output(command("status", commands.status, about, "--output outputs"), text)
    about = text("Hyökkää kaikkea julkaistua vastaan ja kerro, mikä takuu kaatui.")
    options.output(command("attack", commands.attack, about, "--output outputs"), text)


def _restricted_commands(command: Command, text: Text) -> None:
    """verify and trace: what they write stays in ``restricted/``."""
    about = text("Kirjoita kunnan tarkat luvut viranomaiselle, jolla on niihin oikeus.")
    example = '2025-08 --municipality 857 --basis "410/2015, 121 §" --approved-by controller'
    verify = command("verify", commands.verify, about, example)
    options.release(verify, text("hyväksytty julkaisu, 2025-08"), text)
    options.municipality(verify, text)
    verify.add_argument("--basis", required=True, metavar=text("PERUSTE"),
                        help=text("laki tai päätös, johon oikeus perustuu"))  # fmt: skip
    verify.add_argument("--approved-by", required=True, metavar=text("ROOLI"),
                        help=text("luovuttajan rooli, ei nimi"))  # fmt: skip
    verify.add_argument("--recipient", default="", metavar=text("VIRANOMAINEN"),
                        help=text("viranomainen, jolle luvut annetaan"))  # fmt: skip
    options.places(verify, text)

    about = text("Kirjoita luvun takana olevat tunnisteet kansioon restricted/.")
    example = "857 2025-08 --as-of 2025-09-15 --data data/example"
    trace = command("trace", commands.trace, about, example)
    trace.add_argument("municipality", metavar=text("KUNTA"), help=text("kuntanumero, 857"))
    trace.add_argument("period", metavar=text("JAKSO"), help=text("2025-08, 2025-Q3 tai 2025"))
    options.as_of(trace, text)
    options.data(trace, text)
    options.parameters(trace, text)
    options.output(trace, text)


def _beginning_commands(command: Command, text: Text) -> None:
    """new-area, new-sources, fold-extracts and example-data."""
    about = text("Kirjoita toisen työllisyysalueen parametrit täydennettäviksi.")
    new_area = command("new-area", commands.new_area, about, "07 parametrit-07")
    new_area.add_argument("area", metavar=text("ALUE"), help=text("työllisyysalueen numero, 07"))
    new_area.add_argument("folder", type=Path, metavar=text("KANSIO"),
                          help=text("tyhjä tai uusi kansio parametreille"))  # fmt: skip

    about = text(
        "Ehdota sources.yml: miten kansion viennit luetaan. Yhtään arvoa henkilöstä ei sanota."
    )
    new_sources = command(
        "new-sources", commands.new_sources, about, "viennit --parameters parametrit-07"
    )
    new_sources.add_argument("folder", type=Path, metavar=text("KANSIO"),
                             help=text("kansio, jossa alueen omat viennit ovat"))  # fmt: skip
    options.parameters(new_sources, text)

    about = text("Ota poimintojen historia talteen pseudonyymeinä, jotta raakaviennit voi poistaa.")
    fold = command(
        "fold-extracts", commands.fold_extracts, about, "--data viennit --output outputs"
    )
    options.places(fold, text)

    about = text("Kirjoita keksityt esimerkkitiedot: viisi taulua, ei yhtään oikeaa ihmistä.")
    example = command("example-data", commands.example_data, about, "tiedot --area 07 --months 12")
    example.add_argument("folder", type=Path, metavar=text("KANSIO"),
                         help=text("kansio, johon taulut kirjoitetaan"))  # fmt: skip
    example.add_argument("--area", default="17", metavar=text("ALUE"),
                         help=text("työllisyysalueen numero 01–45, tai all: kaikki"))  # fmt: skip
    example.add_argument("--months", type=int, default=24, metavar=text("LUKU"),
                         help=text("montako kuukautta; muuten 24"))  # fmt: skip
    example.add_argument("--scale", type=float, default=1.0, metavar=text("LUKU"),
                         help=text("asiakkaita tavalliseen verrattuna; muuten 1.0"))  # fmt: skip
    example.add_argument("--seed", type=int, default=1, metavar=text("LUKU"),
                         help=text("siemenluku: samasta luvusta samat tiedot; muuten 1"))  # fmt: skip
    example.add_argument("--as-export", action="store_true",
                         help=text("kirjoita samat tiedot toisen alueen järjestelmien vientinä"))  # fmt: skip

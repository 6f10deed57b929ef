"""The command line: parses, calls, and turns errors into the contract's exit codes."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kuntakoonti import __version__
from kuntakoonti.errors import EXIT_DATA, EXIT_DONE, DataProblems, KuntakoontiError, UsageError
from kuntakoonti.settings import PROJECT, Settings, settings_here

FORMATS = ("html", "pdf", "xlsx", "csv")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (0 done, 1 failed, 2 usage, 3 data)."""
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = chosen.command
    try:
        with _alone(chosen):
            return command(chosen)
    except DataProblems as error:
        say(_problem_lines(error))
        say(f"{error.count_stops()} virhettä pysäyttää ajon; mitään ei kirjoitettu.")
        return error.exit_code
    except KuntakoontiError as error:
        say(str(error))
        return error.exit_code


@contextmanager
def _alone(chosen: argparse.Namespace) -> Iterator[None]:
    """One run at a time in an OUTPUT that the command writes to; reading needs no lock."""
    if chosen.command not in (_month, _year_end, _approve, _correct, _sent):
        yield
        return
    from kuntakoonti.disk import alone_in

    with alone_in(chosen.output):
        yield


def say(text: str) -> None:
    """A message to the analyst, on stderr."""
    print(text, file=sys.stderr, flush=True)


def _problem_lines(error: DataProblems) -> str:
    from kuntakoonti.inspection import problem_line

    return "\n".join(problem_line(p) for p in error.problems)


def _check(chosen: argparse.Namespace) -> int:
    from kuntakoonti.calendar import as_date
    from kuntakoonti.inspection import problem_line, write_problems
    from kuntakoonti.pipeline import check_records
    from kuntakoonti.rules import load_parameters

    as_of = as_date(chosen.as_of, "--as-of") if chosen.as_of else None
    problems = check_records(chosen.data, load_parameters(chosen.parameters), as_of)
    for problem in problems:
        print(problem_line(problem))
    if chosen.csv:
        write_problems(problems, chosen.csv)
    stops = DataProblems(problems).count_stops()
    say(f"{stops} virhettä pysäyttää ajon, {len(problems) - stops} huomautusta.")
    return EXIT_DATA if stops else EXIT_DONE


def _month(chosen: argparse.Namespace) -> int:
    from kuntakoonti.calendar import is_month

    if not is_month(chosen.month):
        raise UsageError(f"Kuukausi {chosen.month}: kirjoita muodossa 2025-08.")
    return _make(chosen, chosen.month)


def _year_end(chosen: argparse.Namespace) -> int:
    if not (len(chosen.year) == 4 and chosen.year.isdigit()):
        raise UsageError(f"Vuosi {chosen.year}: kirjoita muodossa 2025.")
    return _make(chosen, chosen.year)


def _make(chosen: argparse.Namespace, release: str) -> int:
    from kuntakoonti.releases import Request, make_release

    formats = tuple(chosen.format.split(","))
    unknown = [f for f in formats if f not in FORMATS]
    if unknown:
        raise UsageError(f"--format {unknown[0]}: kirjoita jokin näistä: {', '.join(FORMATS)}.")
    request = Request(
        release=release,
        as_of=chosen.as_of,
        settings=Settings(chosen.data, chosen.parameters, chosen.output),
        municipalities=tuple(chosen.municipality),
        formats=formats,
        workers=chosen.dask or chosen.workers,
        approve_by=chosen.approve_by,
        languages=tuple(dict.fromkeys(chosen.language)),
        coarse=getattr(chosen, "coarse", False),
    )
    code = make_release(request, say)
    say(f"Avaa {chosen.output / 'index.html'}")
    return code


def _run(chosen: argparse.Namespace) -> int:
    from kuntakoonti.parameters import read_yaml, refuse, validate
    from kuntakoonti.rules import Run

    source = read_yaml(chosen.file)
    run, complaints = validate(Run, source)
    refuse(list(complaints))
    assert run
    words = ["month", run.month, "--as-of", run.as_of.isoformat(), "--format", ",".join(run.format)]
    for name in ("data", "parameters", "output"):
        words += [f"--{name}", str(PROJECT / getattr(run, name))]
    for code in run.municipality:
        words += ["--municipality", code]
    return main(words + (["--approve-by", run.approve_by] if run.approve_by else []))


def _approve(chosen: argparse.Namespace) -> int:
    from kuntakoonti.approval import approve

    settings = Settings(settings_here().data, settings_here().parameters, chosen.output)
    return approve(settings, chosen.release, chosen.by, say, chosen.workers)


def _status(chosen: argparse.Namespace) -> int:
    from kuntakoonti.releases import status

    settings = Settings(settings_here().data, settings_here().parameters, chosen.output)
    return status(settings, print)


def _sent(chosen: argparse.Namespace) -> int:
    from datetime import date

    from kuntakoonti.language import Language
    from kuntakoonti.sending import Sending, record

    sending = Sending(chosen.release, tuple(chosen.municipality), chosen.channel, chosen.date)
    for row in record(chosen.output, sending, date.today(), Language()):
        say(f"Merkitty lähetetyksi {row.sent_on}: {row.file}")
    return EXIT_DONE


def _attack(chosen: argparse.Namespace) -> int:
    from dataclasses import replace

    from kuntakoonti.attack import render
    from kuntakoonti.errors import EXIT_FAILED
    from kuntakoonti.insiders import insiders
    from kuntakoonti.trial import attack_published

    if not (chosen.output / "ledger.jsonl").exists():
        raise UsageError(
            f"Kansiossa {chosen.output} ei ole arkistoa ledger.jsonl, jota vastaan hyökätä."
        )
    settings = Settings(settings_here().data, settings_here().parameters, chosen.output)
    verdict = attack_published(chosen.output, insiders(settings))
    print(render(replace(verdict, notes=())))
    return EXIT_FAILED if verdict.fell else EXIT_DONE


def _correct(chosen: argparse.Namespace) -> int:
    from kuntakoonti.calendar import as_date
    from kuntakoonti.correct import Wrong, correct

    settings = Settings(chosen.data, chosen.parameters, chosen.output)
    wrong = Wrong(
        release=chosen.release,
        municipality=chosen.municipality,
        service=chosen.service,
        period=chosen.period,
        as_of=as_date(chosen.as_of, "--as-of"),
        reason=chosen.reason,
        by=chosen.by,
    )
    return correct(settings, wrong, say)


def _verify(chosen: argparse.Namespace) -> int:
    from kuntakoonti.insiders import Entitled
    from kuntakoonti.verify import verify

    settings = Settings(chosen.data, chosen.parameters, chosen.output)
    asked = Entitled(
        release=chosen.release,
        municipality=chosen.municipality,
        basis=chosen.basis,
        approved_by=chosen.approved_by,
        recipient=chosen.recipient,
    )
    return verify(settings, asked, say)


def _trace(chosen: argparse.Namespace) -> int:
    from kuntakoonti.calendar import as_date
    from kuntakoonti.trace import Asked, trace

    settings = Settings(chosen.data, chosen.parameters, chosen.output)
    asked = Asked(chosen.municipality, chosen.period, as_date(chosen.as_of, "--as-of"))
    say(f"Rajattu: {trace(settings, asked)}")
    return EXIT_DONE


def _example_data(chosen: argparse.Namespace) -> int:
    from kuntakoonti.example import Plan, areas, make, write

    codes = areas() if chosen.area == "all" else (chosen.area,)
    if not set(codes) <= set(areas()):
        raise UsageError(f"--area {chosen.area}: kirjoita alueen numero 01–45 tai all.")
    for code in codes:
        plan = Plan(area=code, months=chosen.months, scale=chosen.scale, seed=chosen.seed)
        folder = chosen.folder / code if chosen.area == "all" else chosen.folder
        write(make(plan), folder)
        say(f"Alueen {code} keksityt tiedot: {folder}")
    return EXIT_DONE


def _new_area(chosen: argparse.Namespace) -> int:
    from kuntakoonti.new_area import write_new_area

    path = write_new_area(chosen.area, chosen.folder)
    say(
        f"Täydennä {path}: sender, case_number ja contact. Sitten: kuntakoonti check --parameters …"
    )
    return EXIT_DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kuntakoonti",
        description="Kuntalaskutuksen liitteet lukumäärinä ja euroina, ei koskaan henkilöinä. "
        "Kuukausi: check → month (luonnos) → katso index.html → approve.",
    )
    parser.add_argument("--version", action="version", version=f"kuntakoonti {__version__}")
    commands = parser.add_subparsers(required=True, metavar="KOMENTO")
    here = settings_here()

    def command(
        name: str, does: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(command=does)
        return made

    check = command("check", _check, "Tarkista lähtötiedot; luettelee kaikki havainnot kerralla.")
    check.add_argument("--data", type=Path, required=True, help="kansio, jossa on viisi taulua")
    check.add_argument("--as-of", default="", metavar="PÄIVÄ", help="poimintapäivä, 2025-09-15")
    check.add_argument("--csv", type=Path, metavar="TIEDOSTO", help="kirjoita luettelo myös tähän")
    check.add_argument("--parameters", type=Path, default=here.parameters)

    month = command("month", _month, "Tee kuukauden liitteet luonnoksina kaikille kunnille.")
    month.add_argument("month", help="kuukausi, 2025-08")
    year_end = command("year-end", _year_end, "Tee vuoden tasaus (tai tasausarvio) luonnoksina.")
    year_end.add_argument("year", help="vuosi, 2025")
    for made in (month, year_end):
        made.add_argument(
            "--as-of", required=True, metavar="PÄIVÄ", help="poimintapäivä, 2025-09-15"
        )
        made.add_argument("--data", type=Path, required=True, help="kansio, jossa on viisi taulua")
        made.add_argument("--parameters", type=Path, default=here.parameters)
        made.add_argument("--output", type=Path, default=here.output)
        made.add_argument(
            "--municipality",
            action="append",
            default=[],
            metavar="KOODI",
            help="tee vain tämä (toistettava); suojaus tehdään aina koko alueelle",
        )
        made.add_argument(
            "--language",
            action="append",
            default=[],
            choices=("fi", "sv", "en"),
            help="sivujen kieli kaikille kunnille (toistettava); muuten kunnan omat kielet",
        )
        made.add_argument("--format", default=",".join(FORMATS), help="esim. html,pdf")
        made.add_argument(
            "--workers", type=int, default=0, metavar="N", help="prosesseja; 0 = ytimet"
        )
        made.add_argument(
            "--dask", default="", metavar="OSOITE", help="Dask-ajastin, esim. tcp://palvelin:8786"
        )
        made.add_argument("--approve-by", default="", metavar="ROOLI", help="hyväksy samalla")

    month.add_argument(
        "--coarse",
        action="store_true",
        help="R9: vain talousarviot ja ennakot koko alueelle, kun hyökkäys on onnistunut",
    )

    run = command("run", _run, "Tee yksi toistettava ajo, esim. parameters/runs/2025-08.yml.")
    run.add_argument("file", type=Path)

    approve = command("approve", _approve, "Hyväksy luonnos: arkistoon ja lähetettäväksi.")
    approve.add_argument("release", help="kuukausi 2025-08, 2025-tasausarvio tai 2025-tasaus")
    approve.add_argument("--by", required=True, metavar="ROOLI", help="hyväksyjän rooli, ei nimi")
    approve.add_argument("--output", type=Path, default=here.output)
    approve.add_argument("--workers", type=int, default=0, metavar="N")

    sent = command("sent", _sent, "Merkitse kunnan paketti lähetetyksi: milloin ja miten.")
    sent.add_argument("release", help="hyväksytty julkaisu, 2025-08 tai 2025-tasaus")
    sent.add_argument(
        "--municipality", action="append", required=True, metavar="KOODI", help="toistettava"
    )
    sent.add_argument("--channel", required=True, metavar="TAPA", help="esim. verkkolasku")
    sent.add_argument("--date", default="", metavar="PÄIVÄ", help="lähetyspäivä; muuten tänään")
    sent.add_argument("--output", type=Path, default=here.output)

    status = command("status", _status, "Näytä luonnokset, julkaisut ja viat; tarkista arkisto.")
    status.add_argument("--output", type=Path, default=here.output)

    attacker = command("attack", _attack, "Hyökkää kaikkea julkaistua vastaan; kerro mikä kaatui.")
    attacker.add_argument("--output", type=Path, default=here.output)

    correct = command(
        "correct", _correct, "Korjaa väärä valmis luku: sivun versio 2, jos se ei kerro liikaa."
    )
    correct.add_argument("release", help="julkaisu, jossa väärä luku on, 2025-06")
    correct.add_argument("--municipality", required=True, metavar="KOODI", help="kuntanumero, 857")
    correct.add_argument("--service", required=True, help="palvelu tai any")
    correct.add_argument("--period", required=True, metavar="JAKSO", help="2025-03 tai 2025-Q1")
    correct.add_argument("--reason", required=True, help="syy, joka painetaan sivulle")
    correct.add_argument("--by", required=True, metavar="ROOLI", help="hyväksyjän rooli, ei nimi")

    verify = command(
        "verify", _verify, "Kirjoita kunnan tarkat luvut viranomaiselle, jolla on niihin oikeus."
    )
    verify.add_argument("release", help="hyväksytty julkaisu, 2025-08")
    verify.add_argument("--municipality", required=True, metavar="KOODI", help="kuntanumero, 857")
    verify.add_argument("--basis", required=True, help="laki tai päätös, johon oikeus perustuu")
    verify.add_argument("--approved-by", required=True, metavar="ROOLI", help="luovuttajan rooli")
    verify.add_argument("--recipient", default="", help="viranomainen, jolle luvut annetaan")

    correct.add_argument(
        "--as-of", required=True, metavar="PÄIVÄ", help="tiedot, jotka ovat oikein"
    )
    for made in (correct, verify):
        made.add_argument(
            "--data", type=Path, default=here.data, help="kansio, jossa on viisi taulua"
        )
        made.add_argument("--parameters", type=Path, default=here.parameters)
        made.add_argument("--output", type=Path, default=here.output)

    trace = command(
        "trace", _trace, "Kirjoita luvun takana olevat tunnisteet kansioon restricted/."
    )
    trace.add_argument("municipality", help="kuntanumero, 857")
    trace.add_argument("period", help="2025-08, 2025-Q3 tai 2025")
    trace.add_argument("--as-of", required=True, metavar="PÄIVÄ", help="poimintapäivä, 2025-09-15")
    trace.add_argument("--data", type=Path, required=True, help="kansio, jossa on viisi taulua")
    trace.add_argument("--parameters", type=Path, default=here.parameters)
    trace.add_argument("--output", type=Path, default=here.output)

    new_area = command("new-area", _new_area, "Kirjoita toisen työllisyysalueen parametrit.")
    new_area.add_argument("area", help="työllisyysalueen numero, 07")
    new_area.add_argument("folder", type=Path, help="tyhjä kansio")

    example = command("example-data", _example_data, "Kirjoita keksityt esimerkkitiedot kansioon.")
    example.add_argument("folder", type=Path)
    example.add_argument("--area", default="17", help="työllisyysalueen numero tai all")
    example.add_argument("--months", type=int, default=24)
    example.add_argument("--scale", type=float, default=1.0)
    example.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())

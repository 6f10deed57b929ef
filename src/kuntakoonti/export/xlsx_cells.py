"""How a figure, a service and a release stand in a workbook: words and numbers, each said once."""

from decimal import Decimal

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.export.xlsx import Folder, Value
from kuntakoonti.public.cells import Cell, Measure, Status
from kuntakoonti.public.pages import Manifest, ReleaseFacts
from kuntakoonti.public.wording import hidden, service_label

STATUS = {
    Status.FINAL: message("valmis"),
    Status.PRELIMINARY: message("ennakkotieto, kirjattu tähän mennessä"),
    Status.UNDER_THRESHOLD: message("valmis, alle rajan"),
    Status.NOT_SHOWN: message("ei esitetä"),
    Status.NOT_OFFERED: message("ei tarjottu"),
}
MEASURE = {
    Measure.CLIENTS: message("asiakkaita"),
    Measure.BUDGET: message("talousarvio, €"),
    Measure.ADVANCE: message("ennakot, €"),
    Measure.ADVANCE_EXPECTED: message("ennakko talousarvion mukaan, €"),
    Measure.ADVANCE_COMING: message("vielä laskutettavat ennakot talousarvion mukaan, €"),
    Measure.ACTUAL: message("toteuma, €"),
    Measure.ADJUSTMENT: message("tasaus, €"),
    Measure.POSTING: message("tiliöintiehdotus, €"),
    Measure.PRIOR_YEAR: message("aiempien vuosien oikaisu, €"),
    Measure.ACTUAL_ROUNDED: message("kirjattu kustannus noin, €"),
    Measure.FORECAST: message("arvio vuoden kustannuksista noin, €"),
    Measure.FORECAST_LOW: message("arvion vaihteluväli, alaraja, €"),
    Measure.FORECAST_HIGH: message("arvion vaihteluväli, yläraja, €"),
    Measure.EXPECTED_ADJUSTMENT: message("odotettu tasaus noin, € (negatiivinen on hyvitys)"),
    Measure.EXPECTED_ADJUSTMENT_LOW: message("odotetun tasauksen vaihteluväli, alaraja, €"),
    Measure.EXPECTED_ADJUSTMENT_HIGH: message("odotetun tasauksen vaihteluväli, yläraja, €"),
    Measure.COMPLETENESS: message("koko alueen kustannuksista arviolta kirjattu, %"),
    Measure.COMPLETENESS_LOW: message("kirjausasteen vaihteluväli, alaraja, %"),
    Measure.COMPLETENESS_HIGH: message("kirjausasteen vaihteluväli, yläraja, %"),
    Measure.ERROR: message("aiempien arvioiden keskivirhe koko alueella, %"),
    Measure.ERROR_MEMBERS: message("aiempien arvioiden keskivirhe yksittäisessä kunnassa, %"),
    Measure.CLIENTS_SHOWN_SUM: message("asiakkaita, näkyvissä olevien lukujen summa"),
    Measure.ACTUAL_SHOWN_SUM: message("toteuma, näkyvissä olevien summa, €"),
}
ROUNDED = frozenset(
    {
        Measure.ACTUAL_ROUNDED, Measure.FORECAST, Measure.FORECAST_LOW, Measure.FORECAST_HIGH,
        Measure.EXPECTED_ADJUSTMENT, Measure.EXPECTED_ADJUSTMENT_LOW,
        Measure.EXPECTED_ADJUSTMENT_HIGH,
    }
)  # fmt: skip


def shown(cell: Cell, facts: ReleaseFacts, language: Language) -> Value:
    """A published value as a number, the words that stand for it, or nothing of what was not offered."""
    if cell.value is not None:
        return amount(cell.measure, cell.value)
    if cell.status is Status.NOT_OFFERED:
        return None
    return hidden(cell, facts.threshold, language)


def amount(measure: Measure, value: int) -> Value:
    """Euros to the cent, rounded amounts in whole euros, counts and per cent as they are."""
    if not measure.endswith("_cents"):
        return value
    return value // 100 if measure in ROUNDED else euros(value)


def note(cell: Cell, facts: ReleaseFacts, language: Language) -> str:
    """What stands in place of a number, said beside it, so that no one reads a hidden count as 0."""
    most = facts.threshold - 1
    if cell.status is Status.UNDER_THRESHOLD:
        return language.text("0–{most} asiakasta; tarkempi luku on salassa pidettävä.", most=most)
    if cell.status is Status.PRELIMINARY and not cell.class_low:
        return language.text(
            "0–{most} asiakasta kirjattu tähän mennessä; tarkempi luku on salassa pidettävä.",
            most=most,
        )
    if cell.status is Status.PRELIMINARY:
        return language.text("Tarkka luku annetaan, kun jakso on valmis.")
    return ""


def label(facts: ReleaseFacts, service: str, language: Language) -> str:
    return service_label({s.name: s.label for s in facts.services}, service, language)


def euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def draft_label(manifest: Manifest, language: Language) -> str:
    """The mark of every page that is not approved, empty for one that is."""
    return language.text("LUONNOS") if manifest.state == "draft" else ""


def folder(title: str, facts: ReleaseFacts, manifest: Manifest, language: Language) -> Folder:
    return Folder(
        title=title,
        author=facts.sender.in_language(language.code),
        created=facts.as_of,
        case=language.text("Asia {case}", case=facts.case_number),
        draft=draft_label(manifest, language),
        page=language.text("sivu"),
    )

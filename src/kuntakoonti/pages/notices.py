"""What is out of the ordinary, said under a page's head: a notice, a correction, a coarser publication."""

from collections.abc import Iterable

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.pages.html import element, joined
from kuntakoonti.public.cells import Correction
from kuntakoonti.public.pages import ReleaseFacts
from kuntakoonti.public.wording import service_label

NOTICES = {
    "costs_late": message(
        "Costs have been recorded later than usual since {day}. Less of them has been recorded than "
        "usual by now, and the forecast is less certain."
    ),
    "periods_late": message(
        "Service periods have been recorded later than usual since {day}. The preliminary numbers of "
        "clients are lower than usual, and the forecast is less certain."
    ),
    "law_changed": message(
        "A change of law that affects the costs came into force on {day}. The forecast is less "
        "certain."
    ),
    "prices_changed": message(
        "The prices of services changed on {day}. The forecast is less certain."
    ),
}


def notices(facts: ReleaseFacts, corrections: Iterable[Correction], say: Language) -> Nodes:
    """The notices, empty on an ordinary page."""
    said = [_coarse(say)] if facts.coarse else []
    said += [say.text(NOTICES[n.says], day=say.date(n.since)) for n in facts.notices]
    said += [_corrected(facts, correction, say) for correction in corrections]
    return joined(element("p", text) for text in said)


def _coarse(say: Language) -> str:
    return say.text(
        "This release has budgets and advances only. Numbers of clients and recorded costs "
        "are on no municipality's page; they will be shown in a later release."
    )


def _corrected(facts: ReleaseFacts, correction: Correction, say: Language) -> str:
    """Which figure was wrong, since which release it is right, and why."""
    names = {m.code: m.name.in_language(say.code) for m in facts.members}
    return say.text(
        "Corrected figure: {name}, {service}, {period} (release {release}). Reason: {reason}",
        name=names.get(correction.municipality, correction.municipality),
        service=service_label({s.name: s.label for s in facts.services}, correction.service, say),
        period=say.period(correction.period),
        release=correction.release,
        reason=correction.reason,
    )

"""The statement's second page: the rules in force, declared exceptions, what is left to others."""

from collections.abc import Iterator
from decimal import Decimal

from kuntakoonti.core.errors import message
from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.core.periods import is_month
from kuntakoonti.pages.html import Html, element, joined, listing, row, table
from kuntakoonti.pages.statement import Statement
from kuntakoonti.public.statement import RuleFacts, StatementChanges

RULES = (
    message(
        "A figure is a number of distinct persons. It is small if there are fewer than {threshold}."
    ),
    message(
        "A small figure, zero included, is “under {threshold}”. No figure is hidden for "
        "another's sake."
    ),
    message(
        "A municipality's figures are given either per service or over all services, so no "
        "published figure contains another."
    ),
    message(
        "The grain is the shortest at which at least {share} of last year's figures are "
        "{threshold} or more; in the first year it is estimated from the budget."
    ),
    message(
        "A figure is given exactly once, when its period is complete, and is not changed. "
        "Before that only the lower bound of its class is visible."
    ),
    message(
        "The year's figure is given once, in the adjustment, and only if the figure itself "
        "and its differences from the periods' figures and from their sum are at least "
        "{threshold}. No running year to date is published."
    ),
    message(
        "Budgets and advances are not personal data and are always visible. During the year "
        "the cost is a rounded total, and beside it stands a forecast of the whole year that is "
        "computed from published figures only; in the adjustment the actual cost is given per service only if every service "
        "has at least {threshold} clients and no period is “under {threshold}”."
    ),
    message(
        "The area's summary has only figures that are visible on the municipalities' pages, "
        "and sums of them."
    ),
    message(
        "Everything approved is in an archive that only grows. Every release is attacked "
        "before its approval; if the attack succeeds, nothing is approved."
    ),
)
MEANINGS = {
    "threshold": message("threshold of a small figure, persons"),
    "residence_day": message(
        "day whose municipality of residence decides the client's municipality"
    ),
    "closing_lag": message("full months from the end of a period until its figure is complete"),
    "grain_share": message("share of last year's figures that must reach the threshold"),
    "average_cost": message(
        "average cost of a client-month in euros, only for the grains of the first year"
    ),
    "quarter_turnover": message(
        "clients of a quarter divided by those of a month, only for the grains of the first year"
    ),
    "class_width": message("class width of a preliminary figure, persons"),
    "year_closing": message("month on whose last day the previous year closes"),
    "advance_schedule": message("how a budget is divided into advances"),
    "invoice_offset": message("months from the data month to the advance with which an annex goes"),
    "claim_deadline": message("months within which a month's cost can be claimed by law"),
    "price_level": message(
        "change of the level of cost that is known beforehand, by service, 1 = before the change"
    ),
    "forecast_range": message("share of the actual costs that the range of a forecast should hold"),
    "first_year_range": message(
        "half the range of a forecast in per cent of it, January to December, while there are too few "
        "earlier forecasts"
    ),
    "percent_base": message("clients that must be visible for a month to have a percentage"),
    "total_services": message(
        "services that must at least be charged for the total alone to be public"
    ),
    "recorded_step": message("step to which a recorded cost is rounded down"),
    "recorded_share": message(
        "per cent of a month's costs usually recorded after 0, 1, 2… months, for estimates"
    ),
    "known_share": message(
        "per cent of a month's clients usually recorded after 0, 1, 2… months, for estimates"
    ),
    "estimate_weight": message(
        "weight of a municipality's own figures in an estimate: euros recorded; client-months"
    ),
    "retention": message("how long exact figures and other restricted files are kept"),
}
VALUES = {
    "last_service_day": message("last service day of the month"),
    "month_first_day": message("first day of the month"),
    "month_last_day": message("last day of the month"),
    "monthly": message("in equal monthly instalments"),
    "quarterly": message("in equal quarterly instalments"),
    "contract": message("by the procurement contract"),
}
EXCEPTIONS = {
    "zero_total": message(
        "A municipality's actual cost of the year is €0.00: the amount payable itself says "
        "that there was nothing to pay."
    ),
    "secret_page": message(
        "The municipality had fewer than {threshold} clients in the year, or none of its "
        "counts of the year is shown, or so few services are charged that their total would "
        "give them away: the adjustment page is secret (Act 621/1999 § 25) and is not "
        "published."
    ),
    "coarse": message(
        "Only budgets and advances of the whole area are published, because a rule of "
        "publication has to be repaired."
    ),
    "correction": message(
        "A complete figure was corrected: its page has a new version, and the corrected and "
        "the correcting figure differ by at least {threshold}."
    ),
    "fixed_publication": message(
        "A municipality's page family or period was decided separately and not chosen from "
        "last year's figures."
    ),
}
ASSUMPTIONS = {
    "unchanged": message("a complete figure does not change"),
    "monotone": message("late records only add to the figures"),
    "recorded": message("costs recorded late only add to a service's cost of the year"),
    "payable": message("a service has a highest price per person"),
    "units": message("payments are multiples of known unit prices"),
    "reasons": message("the reader knows the rules by which a figure is not shown"),
}
LEFT = (
    message("Two insiders together know more than one; the attack tries one at a time."),
    message(
        "Someone who knows all clients of a service but one, such as an employer, can work "
        "out the last from an exact figure."
    ),
    message(
        "Someone who already knows that a person is a client sees that person in the figure. "
        "“Under {threshold}” neither confirms nor denies it, because zero too is “under "
        "{threshold}”."
    ),
    message(
        "The attack does not link movers between municipalities, the same clients of "
        "successive years, or the weekdays of a single month."
    ),
    message("The choice of grain says roughly how large last year's figures were."),
    message(
        "If all pay subsidies are paid at exactly the cap, an exact total can reveal the "
        "days of the start-up grant."
    ),
    message(
        "Someone who models such areas can guess what a mark stands for better than by chance. How much "
        "the recorded costs help is not proved: on simulated areas they told at most 1.1 per cent of what "
        "counts, budgets and totals left open once the adjustment was final, and at most 3.2 per cent "
        "during the year; about 3 marks of 100 became all but certain to a model, and as many ceased to "
        "be. The models just missed the bar that was set for them. The forecasts follow from published "
        "figures."
    ),
    message(
        "The attacker does not hold the area's own forecasts or other unpublished "
        "information, nor the files of the folder restricted."
    ),
)


def rules(view: Statement) -> Html:
    """The rules of publication in a sentence or two each, with the values in force."""
    say = view.language
    share = next(_value(view, r) for r in view.figures.rules if r.name == "grain_share")
    values = {"threshold": view.figures.facts.threshold, "share": share}
    title = element("h2", say.text("The rules by which figures are visible"))
    basis = say.text(
        "To be a client is secret already (Act 621/1999, section 24(1)(25)). The whole text "
        "of the rules is in the rule book that comes with the program."
    )
    items = joined(element("li", say.text(said, **values)) for said in RULES)
    return Html(title + element("p", basis) + element("ul", items))


def values(view: Statement) -> Html:
    """Every dated value on a page of its own: meaning, value, from when, its basis, if assumed."""
    say = view.language
    heads = (say.text("Rule"), say.text("Value"), say.text("From"), say.text("Basis"))
    head = row([element("th", h, scope="col") for h in heads])
    body = [row(_rule(view, rule)) for rule in view.figures.rules]
    note = say.text(
        "* assumption: the decision leaves this open, and the area has to confirm the value. "
        "The bases are in the words of the file of rules."
    )
    title = element("h2", say.text("The values of the rules"))
    shown = table(say.text("Values in force"), head, body, css="figures prose")
    return Html(element("hr", class_="page") + title + shown + element("p", note, class_="note"))


def _rule(view: Statement, rule: RuleFacts) -> list[Nodes]:
    say = view.language
    meaning = say.text(MEANINGS[rule.name]) if rule.name in MEANINGS else rule.meaning
    mark = "*" if rule.assumption else ""
    basis = rule.references.get(say.code, rule.reference)
    cells = (_value(view, rule) + mark, say.date(rule.valid_from), basis)
    name = element("th", meaning, scope="row")
    return [name, *(element("td", cell) for cell in cells)]


def _value(view: Statement, rule: RuleFacts) -> str:
    """A rule's value in words, of the services that have figures of their own."""
    say, found = view.language, rule.values
    if rule.name == "class_width":
        return say.text(
            "{below} below a hundred, {above} from a hundred",
            below=found["below_100"],
            above=found["from_100"],
        )
    if rule.name == "recorded_step":
        below, above = (say.number(int(found[n])) for n in ("below_million", "from_million"))
        return say.text(
            "€{below} below a million, €{above} from a million", below=below, above=above
        )
    if rule.name == "retention":
        return say.text(
            "{months} months, accounting records {years} years",
            months=found["restricted_months"],
            years=found["accounting_years"],
        )
    if rule.name in ("grain_share", "forecast_range"):
        return say.percent(int(100 * Decimal(found[""])), 100, 0)
    if rule.name == "year_closing":
        return say.month_name(f"2000-{found['']}")
    only = found.get("")
    if only is not None:
        return say.text(VALUES[only]) if only in VALUES else only
    names = [s.name for s in view.figures.facts.services if s.name in found]
    return "; ".join(f"{view.label(n)} {_number(found[n], say)}" for n in names)


def _number(text: str, language: Language) -> str:
    if text.isdigit():
        return language.number(int(text))
    if text in VALUES:
        return language.text(VALUES[text])
    return text if language.code == "en" else text.replace(".", ",")


def exceptions(view: Statement) -> Html:
    """The declared exceptions by kind: whether they occurred, never where."""
    say, occurred = view.language, view.figures.exceptions
    yes, no = say.text("yes"), say.text("no")
    pairs = [
        (say.text(said, threshold=view.figures.facts.threshold), yes if kind in occurred else no)
        for kind, said in EXCEPTIONS.items()
    ]
    insiders = view.figures.attack.insiders
    pairs.append((
        say.text(
            "A municipality received exact figures as an authority: the attack was also made by "
            "an insider who knows them."
        ),
        say.plural("{count} municipality", "{count} municipalities", insiders) if insiders else no,
    ))  # fmt: skip
    heads = (say.text("Exception"), say.text("Occurred"))
    head = row([element("th", h, scope="col") for h in heads])
    body = [row([element("th", said, scope="row"), element("td", found)]) for said, found in pairs]
    title = element("h2", say.text("Declared exceptions"))
    return Html(title + table(say.text("Exceptions that the guarantees do not cover"), head, body))


def assumptions(view: Statement) -> Html:
    """What the attacker assumes, and what of it the published figures contradicted."""
    say = view.language
    listed = say.listed([say.text(said) for said in ASSUMPTIONS.values()])
    items = [say.text("The attacker uses these facts: {listed}.", listed=listed)]
    items += [
        say.text(
            "At level {level} one assumption was given up for some of the figures, because the "
            "figures contradict it: {assumption}.",
            level=level,
            assumption=say.text(ASSUMPTIONS[name]),
        )
        for level, name in view.figures.attack.given_up
    ]
    if not view.figures.attack.given_up:
        items.append(say.text("None of them had to be given up."))
    return listing(say.text("Assumptions"), items)


def changes(view: Statement) -> Html:
    """What is another than in the statement before; nothing in a first one."""
    found, say = view.figures.changes, view.language
    if found is None:
        return Html()
    when = say.period(found.release) if is_month(found.release) else found.release
    items = list(_changed(view, found))
    if not items:
        items = [
            say.text("Rules, program, exceptions and the number of municipalities are the same.")
        ]
    return listing(say.text("Changed since the last statement ({release})", release=when), items)


def _changed(view: Statement, found: StatementChanges) -> Iterator[str]:
    say, rules = view.language, {r.name: r for r in view.figures.rules}
    for name in found.rules:
        meaning = say.text(MEANINGS[name]) if name in MEANINGS else rules[name].meaning
        yield say.text("Value of a rule: {meaning}.", meaning=meaning)
    for kind in found.exceptions:
        said = say.text(EXCEPTIONS[kind], threshold=view.figures.facts.threshold)
        yield say.text("Exception that did not occur then: {exception}", exception=said)
    if found.municipalities != view.figures.municipalities:
        before, now = say.number(found.municipalities), say.number(view.figures.municipalities)
        yield say.text("Municipalities' pages: {before}, now {now}.", before=before, now=now)
    if found.program != view.manifest.program:
        yield say.text("Program: its checksum was {hash}.", hash=found.program[:16])


def left(view: Statement) -> Html:
    """What someone who knows more could still find out."""
    say, threshold = view.language, view.figures.facts.threshold
    items = [say.text(said, threshold=threshold) for said in LEFT]
    return listing(say.text("What someone who knows more could still work out"), items)

"""The head of a page: who sends, what this is, and the facts of its release."""

from collections.abc import Mapping

from kuntakoonti.core.language import Language
from kuntakoonti.core.markup import Nodes
from kuntakoonti.pages.html import Html, element, joined
from kuntakoonti.public.pages import Manifest, ReleaseFacts


def letterhead(
    facts: ReleaseFacts, say: Language, title: str, pairs: Mapping[str, str], mark: Nodes = ()
) -> Html:
    """Sender and case, the mark of a secret page, the title, and the facts as pairs."""
    case = say.text(
        "Case {case} · version {version}", case=facts.case_number, version=facts.version
    )
    sender = element("p", facts.sender.in_language(say.code), class_="sender")
    head = element("header", sender + element("p", case, class_="case"), class_="letterhead")
    return Html(head + mark + element("h1", title) + fact_list(pairs))


def fact_list(pairs: Mapping[str, str]) -> Nodes:
    """What the facts are called, and the facts."""
    listed = joined(element("dt", k) + element("dd", v) for k, v in pairs.items())
    return element("dl", listed, class_="facts")


def approver(manifest: Manifest, say: Language) -> str:
    """The role that approved the release, or that nobody has."""
    draft = manifest.state == "draft"
    return say.text("draft, not approved") if draft else manifest.approved_by

"""The head of a page: who sends, what this is, and the facts of its release."""

from html import escape

from kuntakoonti.core.language import Language
from kuntakoonti.pages.html import Html, element
from kuntakoonti.public.pages import Manifest, ReleaseFacts


def letterhead(
    facts: ReleaseFacts, say: Language, title: str, pairs: dict[str, str], mark: str = ""
) -> Html:
    """Sender and case, the mark of a secret page (HTML), the title, and the facts as pairs."""
    case = say.text("Asia {case} · versio {version}", case=facts.case_number, version=facts.version)
    sender = element("p", escape(facts.sender.in_language(say.code)), class_="sender")
    head = sender + element("p", escape(case), class_="case")
    rows = "".join(element("dt", escape(k)) + element("dd", escape(v)) for k, v in pairs.items())
    return Html(
        element("header", head, class_="letterhead")
        + mark
        + element("h1", escape(title))
        + element("dl", rows, class_="facts")
    )


def approver(manifest: Manifest, say: Language) -> str:
    """The role that approved the release, or that nobody has."""
    draft = manifest.state == "draft"
    return say.text("luonnos, ei hyväksytty") if draft else manifest.approved_by

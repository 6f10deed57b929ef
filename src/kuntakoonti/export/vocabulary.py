"""The vocabularies of HTML that are published: names, classes and attributes.

A notebook's outputs are fragments of HTML. Whatever they hold, what is published is a tree of
`Element` with the names and classes of a vocabulary and nothing else: no script, no style. The pages
of a release have the small one, in which there is no address either; any other notebook's page has
links, code, quotes, pictures and mathematics as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kuntakoonti.core.markup import MATHEMATICS

CLASSES = frozenset(
    {"letterhead", "sender", "case", "draft", "facts", "lead", "note", "box", "pair", "page"}
    | {"figures", "wide", "n", "final", "preliminary", "small", "total", "mark", "span"}
    | {"narrow", "prose", "invoices"}
)
LISTS = frozenset({"dl", "ul", "ol", "table", "thead", "tbody", "tfoot", "tr"})
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "th": frozenset({"scope", "colspan", "rowspan"}),
    "td": frozenset({"colspan", "rowspan"}),
    "abbr": frozenset({"title"}),
    "img": frozenset({"src", "alt"}),
}
OWN_PICTURES = ("data:image/svg+xml;base64,", "data:image/png;base64,")
PICTURES = (*OWN_PICTURES, "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,")  # fmt: skip
_AFTER_LINE = (
    "p", "ul", "ol", "dl", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "div",
    "hr", "figure", "section", "article", "header", "footer", "details",
)  # fmt: skip
IMPLIED_ENDS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_AFTER_LINE, frozenset({"p"})),
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"td", "th", "tr"}),
    "tbody": frozenset({"td", "th", "tr", "thead"}),
    "tfoot": frozenset({"td", "th", "tr", "tbody"}),
}
PARTS: Mapping[str, tuple[str, frozenset[str]]] = {
    "ul": ("li", frozenset({"li"})),
    "ol": ("li", frozenset({"li"})),
    "dl": ("dd", frozenset({"dt", "dd"})),
    "table": ("tbody", frozenset({"caption", "thead", "tbody", "tfoot"})),
    "thead": ("tr", frozenset({"tr"})),
    "tbody": ("tr", frozenset({"tr"})),
    "tfoot": ("tr", frozenset({"tr"})),
    "tr": ("td", frozenset({"td", "th"})),
}  # what each may hold, and what wraps the rest


@dataclass(frozen=True)
class Vocabulary:
    """What may stand in a page.

    ``inline`` stands within a line of text, ``lines`` hold one, ``flows`` hold blocks. Of what is
    ``bare`` only the text is left, of what is ``dropped`` nothing, of all else the blocks within.
    """

    inline: frozenset[str]
    headings: frozenset[str]
    flows: frozenset[str]
    bare: frozenset[str]
    dropped: frozenset[str]
    aliases: Mapping[str, str]
    attributes: Mapping[str, frozenset[str]]
    everywhere: frozenset[str]
    pictures: tuple[str, ...]

    @property
    def lines(self) -> frozenset[str]:
        return self.headings | {"p", "figcaption", "li", "dt", "dd", "caption", "th", "td"}

    @property
    def blocks(self) -> frozenset[str]:
        lists = {"p", "figcaption", "dl", "ul", "ol", "table", "hr", "img", "pre"}
        return self.headings | self.flows | lists

    @property
    def known(self) -> frozenset[str]:
        return self.inline | self.lines | LISTS | self.blocks


_NEVER = frozenset(
    {"script", "style", "template", "noscript", "object", "head", "title", "textarea", "select"}
)
ANNEX = Vocabulary(
    inline=frozenset({"strong", "em", "sup", "br", "abbr", "span"}),
    headings=frozenset({"h1", "h2", "h3"}),
    flows=frozenset({"header", "aside", "div", "figure"}),
    bare=frozenset(
        {"a", "code", "kbd", "samp", "var", "small", "sub", "u", "s", "del", "ins", "q", "cite", "mark"}
    ),
    dropped=_NEVER | {"iframe", "svg", "math"},
    aliases={"b": "strong", "i": "em", "h4": "h3", "h5": "h3", "h6": "h3"},
    attributes=ATTRIBUTES,
    everywhere=frozenset({"lang"}),
    pictures=OWN_PICTURES,
)  # fmt: skip
NOTEBOOK = Vocabulary(
    inline=ANNEX.inline | MATHEMATICS | {"a", "code", "kbd", "samp", "sub", "u", "s", "img"},
    headings=ANNEX.headings | {"h4", "h5", "h6"},
    flows=ANNEX.flows | {"blockquote"},
    bare=frozenset({"small", "q", "cite", "mark", "ins", "font", "label", "time", "data", "dfn"}),
    dropped=_NEVER | {"annotation", "annotation-xml"},
    aliases={
        "b": "strong", "i": "em", "strike": "s", "del": "s", "tt": "code", "var": "em",
        "summary": "p", "legend": "p",
    },
    attributes={
        **ATTRIBUTES,
        "a": frozenset({"href"}),
        "ol": frozenset({"start", "type", "reversed"}),
        "li": frozenset({"value"}),
        "img": frozenset({"src", "alt", "width", "height"}),
        "math": frozenset({"display", "alttext"}),
        "mo": frozenset({"stretchy", "form", "fence", "lspace", "rspace", "minsize", "maxsize"}),
        "mi": frozenset({"mathvariant"}),
        "mspace": frozenset({"width"}),
        "mfrac": frozenset({"linethickness"}),
        "mover": frozenset({"accent"}),
        "munder": frozenset({"accentunder"}),
        "munderover": frozenset({"accent", "accentunder"}),
        "menclose": frozenset({"notation"}),
        "mtable": frozenset({"displaystyle", "columnalign"}),
        "mtd": frozenset({"style", "columnalign", "columnspan", "rowspan"}),
        "mrow": frozenset({"displaystyle", "scriptlevel"}),
        "mstyle": frozenset({"displaystyle", "scriptlevel"}),
    },
    everywhere=frozenset({"lang", "id", "dir"}),
    pictures=PICTURES,
)  # fmt: skip

"""The small vocabulary of HTML that is published: names, classes, attributes.

A notebook's outputs are fragments of HTML. Whatever they hold, what is published is a tree of
`Element` with the names and classes below and nothing else: no script, no style, no address.
"""

from collections.abc import Mapping

from kuntakoonti.core.markup import INLINE

HEADINGS = frozenset({"h1", "h2", "h3"})
LINES = HEADINGS | {"p", "figcaption", "li", "dt", "dd", "caption", "th", "td"}
FLOWS = frozenset({"header", "aside", "div", "figure"})
LISTS = frozenset({"dl", "ul", "ol", "table", "thead", "tbody", "tfoot", "tr"})
BLOCKS = HEADINGS | FLOWS | {"p", "figcaption", "dl", "ul", "ol", "table", "hr", "img"}
KNOWN = INLINE | LINES | LISTS | BLOCKS
CLASSES = frozenset(
    {"letterhead", "sender", "case", "draft", "facts", "lead", "note", "box", "pair", "page"}
    | {"figures", "wide", "n", "final", "preliminary", "small", "total", "mark", "span"}
    | {"narrow", "prose"}
)
ALIASES = {"b": "strong", "i": "em", "h4": "h3", "h5": "h3", "h6": "h3"}
BARE = frozenset(
    {"a", "code", "kbd", "samp", "var", "small", "sub", "u", "s", "del", "ins", "q", "cite", "mark"}
)  # inline elements that leave only their text
DROPPED = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "head", "title"}
    | {"textarea", "select"}
)  # elements that leave nothing
IMPLIED_ENDS: Mapping[str, frozenset[str]] = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"td", "th", "tr"}),
    "tbody": frozenset({"td", "th", "tr", "thead"}),
    "tfoot": frozenset({"td", "th", "tr", "tbody"}),
}
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "th": frozenset({"lang", "scope", "colspan", "rowspan"}),
    "td": frozenset({"lang", "colspan", "rowspan"}),
    "abbr": frozenset({"lang", "title"}),
    "img": frozenset({"lang", "src", "alt"}),
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
IMAGE_SOURCES = ("data:image/svg+xml;base64,", "data:image/png;base64,")

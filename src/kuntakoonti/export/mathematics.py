r"""LaTeX as MathML: of a formula in a text, and of an output in LaTeX.

Browsers show MathML, and the PDF is set from the same elements. The formula's LaTeX is its
alternative text; what cannot be read stands there as it was written.
"""

import re
from html import escape

from math_core import LatexError, LatexToMathML

_WITHOUT_NUMBERS = (
    (re.compile(r"\\(label|require)\s*\{[^{}]*\}|\\(nonumber|notag)\b"), ""),
    (re.compile(r"\\tag\*?\s*\{([^{}]*)\}"), r"\\qquad\\text{(\1)}"),
    (re.compile(r"\\(begin|end)\{(equation|displaymath|math)\*?\}"), ""),
    (re.compile(r"\\(begin|end)\{(align|gather|multline)\}"), r"\\\1{\2*}"),
    (re.compile(r"\\begin\{eqnarray\*?\}"), r"\\begin{array}{rcl}"),
    (re.compile(r"\\end\{eqnarray\*?\}"), r"\\end{array}"),
)  # Jupyter numbers no formula
_DELIMITERS = (("$$", "$$", True), (r"\[", r"\]", True), ("$", "$", False), (r"\(", r"\)", False))


class Formulas:
    """The formulas of one page; a command that one defines is known to those after it."""

    def __init__(self) -> None:
        self._reader = LatexToMathML(fancy_error=False, global_group=True)
        self.unreadable = 0

    def html(self, latex: str, block: bool) -> str:
        """A formula as MathML, or as code where it cannot be read."""
        source = latex.strip()
        shown = source
        for pattern, instead in _WITHOUT_NUMBERS:
            shown = pattern.sub(instead, shown)
        try:
            made = self._reader.convert_with_global_state(shown, displaystyle=block)
        except LatexError:
            self.unreadable += 1
            return f"<pre>{escape(source)}</pre>" if block else f"<code>{escape(source)}</code>"
        named = f' alttext="{escape(" ".join(source.split()))}"'
        return made.replace("<math", f"<math{named}", 1)

    def of_output(self, latex: str) -> str:
        """An output in LaTeX, whatever stands around its formula."""
        source = latex.strip()
        for opening, closing, block in _DELIMITERS:
            inner = source[len(opening) : -len(closing)]
            if source.startswith(opening) and source.endswith(closing) and closing not in inner:
                return self.html(inner, block or r"\displaystyle" in inner)
        return self.html(source, block=True)

"""The parameters a notebook was run with, checked where papermill, JupyterLab and others all pass."""

import ast
import sys
from collections.abc import Sequence

from kuntakoonti.core.errors import UsageError
from kuntakoonti.core.release_name import ReleaseName
from kuntakoonti.core.settings import settings_here

_INJECTED = (
    "# Parameters\n"  # the first line of the cell that papermill adds after the declared ones
)


def refuse_undeclared() -> None:
    """UsageError if papermill added a parameter that the notebook's own cell does not declare.

    Papermill itself only warns and runs the notebook as if nothing had been asked.
    """
    cells = _cells_run()
    added = next((n for n, cell in enumerate(cells) if cell.startswith(_INJECTED)), 0)
    if added == 0:
        return
    declared = _assigned(cells[added - 1])
    unknown = [name for name in _assigned(cells[added]) if name not in declared]
    if unknown:
        raise UsageError(
            "The notebook has no parameter {name}. Its parameters: {known}.",
            name=", ".join(unknown),
            known=", ".join(sorted(declared)),
        )


def release_of(period: str, release: str) -> ReleaseName:
    """The release of a month or a year: the one given, else the period's own.

    A year's own is the final adjustment if it is there, else the estimate. UsageError if the release
    given is of another period.
    """
    if not release:
        return _own_release(period)
    name = ReleaseName(release)
    found = name.month if name.kind == "month" else name.year
    if name.is_valid and found != period:
        raise UsageError(
            "Release {release} is of the period {found}, but the parameter is {period}. Correct "
            "one of them, or leave release empty: it is then the period's own.",
            release=release,
            found=found,
            period=period,
        )
    return name


def _own_release(period: str) -> ReleaseName:
    if len(period) != 4:
        return ReleaseName(period)
    final = ReleaseName.of_year_end(period, final=True)
    return final if settings_here().output.handover(final).exists() else final.estimate


def _cells_run() -> Sequence[str]:
    """The sources of the cells that this session of IPython has run; none outside a notebook."""
    if "IPython" not in sys.modules:
        return ()
    shell = sys.modules["IPython"].get_ipython()
    return shell.user_ns.get("In", ()) if shell else ()


def _assigned(source: str) -> list[str]:
    """The names that plain assignments of a cell give a value."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return []
    targets = [t for s in statements if isinstance(s, ast.Assign) for t in s.targets]
    targets += [s.target for s in statements if isinstance(s, ast.AnnAssign)]
    return [target.id for target in targets if isinstance(target, ast.Name)]

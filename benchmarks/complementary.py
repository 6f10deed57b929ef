"""G-Confid's suppression pattern of one table; run by an interpreter that has ``gconfid``.

Reads a table as JSON (``cells``: number and count; ``sums``: a cell and its parts; ``threshold``),
writes the numbers of the cells that it hides as the last line. A count under the threshold is
sensitive and must be able to vary by the threshold; zero counts as one, as the tool needs noise.
"""

import json
import sys

import gconfid  # type: ignore[import-not-found]
import pandas as pd


def main() -> None:
    question = json.load(sys.stdin)
    threshold = question["threshold"]
    cells = pd.DataFrame(question["cells"], columns=["CellId", "Total"])
    small = cells["Total"] < threshold
    cells["TotalNoise"] = cells["Total"].where(~small, threshold).astype(float)
    cells["Sensitivity"] = small.map({True: float(threshold), False: -1.0})
    cells["Status"] = small.map({True: "S", False: "V"})
    cells["Type"] = "C"
    sums = pd.DataFrame(
        [
            (number, cell, 1.0 if place else -1.0)
            for number, line in enumerate(question["sums"], 1)
            for place, cell in enumerate(line)
        ],
        columns=["ConstraintId", "CellId", "Coefficient"],
    )
    pattern = gconfid.Suppression(incell=cells, inconstraint=sums, outsuppress="pandas").outsuppress
    hidden = pattern.loc[pattern["OutStatus"] == "X", "CellId"]
    print(json.dumps(sorted(int(n) for n in hidden)))


if __name__ == "__main__":
    main()

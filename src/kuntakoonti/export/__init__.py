"""The press: a notebook run and published, many at once.

nbformat loads jsonschema, which would compile a grammar of IRIs in every process: two seconds of CPU.
A notebook holds none to check, and where the grammar is not there, jsonschema leaves that check out.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

"""What came of one try, judged: nothing lost, or what."""

from __future__ import annotations

import re

from tests.torture.facts import verified
from tests.torture.home import Root
from tests.torture.tracing import Try

_RAW = re.compile(r"Errno|Traceback|sqlite3\.|0x[0-9a-f]{6}|<class|Error\(")
"""What only an engineer reads."""


def judged(made: Try, root: Root, name: str, *, may_die: bool) -> str | None:
    """What was lost; ``None`` when nothing was.

    Parameters
    ----------
    made
        The try.
    root, name
        What was worked on, and the operation.
    may_die
        Whether the program was killed on purpose.
    """
    if made.end == "hangs":
        return "it hangs"
    if made.end == "crashed":
        return f"no sentence, but {made.sentence.strip().splitlines()[-1]}"
    if made.end == "killed" and not may_die:
        return "the program died"
    if made.end == "refused" and (not made.sentence.strip() or _RAW.search(made.sentence)):
        return f"it said {made.sentence!r}"
    return verified(root, name, made.facts)

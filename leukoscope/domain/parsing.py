"""JSON that somebody else may have written or damaged: whatever is wrong with it is one kind of error."""

from __future__ import annotations

import json
from typing import Any


def parsed_json(text: str | bytes) -> Any:
    """Parse a text of JSON.

    Raises
    ------
    ValueError
        When it is none, or nested deeper than anything this program writes: Python gives that an error of another
        kind, which whoever expects a damaged file does not expect.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error

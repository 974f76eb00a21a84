"""Write the colors of the window as variables for the pages of the server.

python resources/browser/tokens.py            leukoscope/server/browser/static/tokens.css
python resources/browser/tokens.py --check    say whether it is up to date, change nothing
"""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

from leukoscope.domain.findings import Label
from leukoscope.gui.theme import DARK, LIGHT
from leukoscope.gui.tokens import Theme
from leukoscope.gui.verdicts import COLORS, EDGES

FILE = Path(__file__).resolve().parents[2] / "leukoscope" / "server" / "browser" / "static" / "tokens.css"


def tokens_css() -> str:
    """The style sheet: the verdicts' colors, then those of each theme."""
    verdicts = {label.value: color for label, color in COLORS.items()}
    verdicts["unsure_edge"] = EDGES[Label.UNSURE]
    blocks = [_block(":root", verdicts), _block(':root[data-theme="dark"]', _of(DARK))]
    blocks.append(_block(':root[data-theme="light"]', _of(LIGHT)))
    return "/* Made from leukoscope/gui/tokens.py by resources/browser/tokens.py. */\n" + "".join(blocks)


def _of(theme: Theme) -> dict[str, str]:
    return {one.name: getattr(theme, one.name) for one in fields(theme) if one.name != "name"}


def _block(selector: str, tokens: dict[str, str]) -> str:
    lines = "".join(f"  --{name}: {color};\n" for name, color in tokens.items())
    return f"{selector} {{\n{lines}}}\n"


def main() -> int:
    """Run the command line."""
    if "--check" in sys.argv[1:]:
        return 0 if FILE.exists() and FILE.read_text(encoding="utf-8") == tokens_css() else 1
    FILE.write_text(tokens_css(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

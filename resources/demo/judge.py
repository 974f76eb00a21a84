"""Judge the demo case with the models of this checkout, and keep what was found: it is there at the first start.

    python resources/demo/judge.py [FILE [GRAPHS]]

FILE is ``resources/demo/findings.json`` of the checkout by default, GRAPHS a folder of compiled graphs (default: the
user's own). ``make demo`` runs it after new weights or another drawing, packaging for every package.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from leukoscope.inference.library import BundleLibrary
from leukoscope.workflow.app_dirs import AppDirs, program_root
from leukoscope.workflow.demo import judge_demo
from leukoscope.workflow.model_panel import make_panel
from leukoscope.workflow.model_runtime import choose


def main(words: list[str]) -> int:
    """Judge, write, and say what came out."""
    target = Path(words[0]) if words else Path(__file__).with_name("findings.json")
    graphs = Path(words[1]) if len(words) > 1 else AppDirs.of_user().graphs
    models = program_root() / "models"
    bundles = choose(BundleLibrary(models, models), ())
    panel = make_panel(bundles, graphs)
    panel.start()
    try:
        found = judge_demo(target, panel, bundles)
    finally:
        panel.close()
    cells = [finding for one in found for finding in one.findings]
    verdicts = Counter(finding.label.value for finding in cells)
    named = sum(finding.naming is not None and finding.naming.is_confident for finding in cells)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    print(f"{len(found)} pictures, {len(cells)} cells, {named} named: {counts}; {target.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

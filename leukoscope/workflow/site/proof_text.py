"""A proof in plain lines, for the terminal and for a text file."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.inference.site_profile import LoadedProfile
from leukoscope.site.proof import ClassFigures, Comparison, Proof
from leukoscope.workflow.site.labeled import Reading

NAMED = {
    "auroc": "AUROC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ece": "calibration error (ECE)",
    "share_decided": "decided",
    "right": "right of these",
    "balanced_accuracy": "balanced accuracy",
}
MOST_NAMED = 5
"""So many single pictures are named, then only counted."""


def proof_lines(proof: Proof, columns: tuple[str, str] = ("shipped", "with the profile")) -> Iterator[str]:
    """Figures of both sides, the shipped models and the profile, with 95 % intervals over patients."""
    for title, one in (("Leukemic or healthy", proof.leukemia), ("Classes", proof.classes)):
        if one is not None:
            yield f"{title}, {one.cells} cells of {one.patients} patients: {one.verdict}"
            yield from _figures(one, columns)
    yield f"Verdict: {proof.verdict}"


def _figures(one: Comparison, columns: tuple[str, str]) -> Iterator[str]:
    yield f"  {'':26} {columns[0]:24} {columns[1]}"
    for name, word in NAMED.items():
        if hasattr(one.shipped, name):
            before, after = (_text(getattr(side, name)) for side in (one.shipped, one.taught))
            yield f"  {word:26} {before:24} {after}"
    yield f"  {'gain':26} {'':24} {one.gain.text}"
    if isinstance(one.taught, ClassFigures):
        for (truth, said), n in sorted(one.taught.confusion.items()):
            if truth != said:
                yield f"  {n} {truth} named {said}"


def _text(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(getattr(value, "text", value))


def reading_lines(reading: Reading) -> Iterator[str]:
    """What was left out and why; first what must be settled."""
    for one in reading.disagreements:
        yield f"To be settled: {one.sentence}"
    if reading.copies:
        yield f"Pictures that are there twice and count once: {reading.copies}."
    for name, sentence in reading.refused[:MOST_NAMED]:
        yield f"{name}: {sentence}"
    if len(reading.refused) > MOST_NAMED:
        yield f"{len(reading.refused) - MOST_NAMED} more pictures were left out."


def profile_lines(loaded: LoadedProfile) -> Iterator[str]:
    """Everything that a profile says about itself."""
    profile = loaded.profile
    yield f"{profile.name}.{profile.number}, {profile.created}, SHA-256 {loaded.sha256}"
    yield f"Taught with {', '.join(f'{one.name} {one.version}' for one in profile.bundles)}"
    for word, n in profile.cells.items():
        yield f"  {n} cells {word or 'of no side'} of {profile.patients[word]} patients"
    if profile.optics.um_per_px is not None:
        yield f"Scale of the site: {profile.optics.um_per_px:.4f} µm/px"
    if profile.optics.nucleus_density is not None:
        yield f"Optical density of nuclei: {profile.optics.nucleus_density:.2f}"
    yield f"Wanted accuracy of decided cells: {profile.wanted_accuracy:g}"
    if profile.pooling is not None:
        band = profile.pooling.band
        yield f"Unsure band: {band.low:.3f} to {band.high:.3f}"
        for name, weight in profile.pooling.weights.items():
            yield f"  weight of {name}: {weight:.2f}"
    for name, value in profile.proof.items():
        yield f"  {name}: {value}"

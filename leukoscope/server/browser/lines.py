"""Cells as the pages show them: every word in the person's language, and what a page needs to draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cell_sentence import cell_sentence
from leukoscope.domain.findings import ExplanationMap, Finding, Label, Naming, Opinion, UnsureReason
from leukoscope.domain.labels import PersonLabel
from leukoscope.domain.percent import percent_text
from leukoscope.domain.weak_evidence import is_weak
from leukoscope.server.browser.measured import measured, unusual
from leukoscope.server.browser.words import PageWords
from leukoscope.server.shapes import cell_etag

SIDES = ("own", "leukemic", "healthy")
"""What a person can see a map for: the side its opinion leans to, or one of the two."""
OTHERS, LEAST = 2, 0.005
"""So many other classes a naming tells, and from which probability on."""


@dataclass(frozen=True)
class Titles:
    """What people call models and their maps; anything unknown keeps its short name."""

    models: Mapping[str, str] = field(default_factory=dict)
    maps: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def model(self, name: str) -> str:
        """A model's title."""
        return self.models.get(name, name)

    def map(self, model: str, name: str) -> str:
        """A map's title."""
        return self.maps.get((model, name), name)


def line(cell: CaseCell, words: PageWords) -> dict[str, Any]:
    """A cell in the gallery and on the field."""
    box, said, remark = cell.finding.cell.box, cell.decision, cell.comment
    decided = None
    if said is not None:
        word = _said(said.said, words)
        decided = {"by": said.by or words("a_person"), "label": said.label.value, "code": said.code, "word": word}
    return {
        "id": cell.id, "image": cell.frame_id, "etag": cell_etag(cell), "box": [box.x, box.y, box.width, box.height],
        "code": cell.code, "counted": None if cell.counted is None else cell.counted.value, "label": cell.label.value,
        "short": _short(cell, words), "word": _counted_word(cell, words),
        "sentence": cell_sentence(cell.finding, said.said if said else None, words), "decided": decided,
        "comment": None if remark is None else {"text": remark.text, "by": remark.by or words("a_person")},
        "needs_person": cell.needs_person,
    }  # fmt: skip


def why(cell: CaseCell, words: PageWords, titles: Titles) -> dict[str, Any]:
    """What stands in the inspector: reasons, opinions, maps."""
    finding = cell.finding
    reasons = " ".join(words(f"reason_{one.value}") for one in finding.unsure)
    if reasons and cell.decision is not None:
        reasons = words("was_unsure", reasons)
    lines = [words("labeled", cell.decision.by or words("a_person"))] if cell.decision else []
    if cell.added is not None:
        lines.append(words("drawn", cell.added.by or words("a_person")))
    agreement = "" if UnsureReason.DISAGREEMENT in finding.unsure else _agreement(finding, words)
    cards = [_naming(finding.naming, words, titles)] if finding.naming is not None else []
    cards += [_opinion(one, words, titles) for one in finding.opinions]
    return {
        "reasons": reasons, "lines": lines, "agreement": agreement, "probability": finding.probability,
        "band": [finding.thresholds.low, finding.thresholds.high],
        "figure": f"{words.verdict(Label.LEUKEMIC)} {words.figure(finding.probability)}", "cards": cards,
        "measured": measured(finding, words),
    }  # fmt: skip


def _said(said: PersonLabel, words: PageWords) -> str:
    return words(said.label.value).lower() if said.code is None else words.class_name(said.code)


def _counted_word(cell: CaseCell, words: PageWords) -> str:
    if cell.counted is not None:
        return words(cell.counted.value)
    name = _said(cell.decision.said, words) if cell.decision else words(cell.label.value)
    return name[:1].upper() + name[1:]


def _short(cell: CaseCell, words: PageWords) -> str:
    """A person's own word, else the program's figure with what it is of."""
    if cell.decision is not None:
        said = cell.decision.said
        return words(f"short_{said.code}") if said.code else words(said.label.value)
    finding, naming = cell.finding, cell.finding.naming
    of_class = naming is not None and naming.is_confident and finding.label is not Label.LEUKEMIC
    if naming is not None and (of_class or finding.probability is None):
        return f"{words(f'short_{naming.code}')} {words.figure(naming.probability)}"
    if finding.probability is None:
        return words.figure(None)
    return f"{words('leuk')} {words.figure(finding.probability)}"


def _agreement(finding: Finding, words: PageWords) -> str:
    count = len(finding.opinions)
    if not count:
        return words("not_asked")
    if count < 2:
        return words("one_asked")
    if finding.agree:
        return words("both_agree") if count == 2 else words("all_agree", count)
    return words("lean_apart")


def _naming(one: Naming, words: PageWords, titles: Titles) -> dict[str, Any]:
    word = f"{words.class_name(one.code)} {words.figure(one.probability)}"
    others = sorted(one.probabilities.items(), key=lambda each: -each[1])[1 : 1 + OTHERS]
    told = [f"{words.class_name(code)} {words.figure(p)}" for code, p in others if p >= LEAST]
    sides = dict.fromkeys(SIDES, (Label.LEUKEMIC, words.class_name(one.code)))
    return {
        **_card(one, words, titles), "says": word if one.is_confident else words("most_like", word),
        "code": one.code, "more": words("else", " · ".join(told)) if told else "",
        "maps": [_map(one, each, sides, words, titles) for each in one.maps],
    }  # fmt: skip


def _opinion(one: Opinion, words: PageWords, titles: Titles) -> dict[str, Any]:
    says = words(one.label.value)
    if one.label is Label.UNSURE:
        says = words("unsure_leans", words.verdict(one.leaning))
    return {
        **_card(one, words, titles), "says": says, "label": one.label.value, "probability": one.probability,
        "figure": f"{words.verdict(Label.LEUKEMIC)} {words.figure(one.probability)}",
        "band": [one.thresholds.low, one.thresholds.high],
        "more": unusual(one.figures, words) if one.figures else "",
        "maps": [_map(one, each, _sides(one, each, words), words, titles) for each in one.maps],
    }  # fmt: skip


def _sides(one: Opinion, of: ExplanationMap, words: PageWords) -> dict[str, tuple[Label, str]]:
    """For each choice of a person the side that a map is drawn for: one without signs has its own alone."""
    labels = {"own": one.leaning, "leukemic": Label.LEUKEMIC, "healthy": Label.HEALTHY}
    return {
        side: (label if of.kind.signed else Label.LEUKEMIC, words.verdict(label if of.kind.signed else one.leaning))
        for side, label in labels.items()
    }


def _card(one: Naming | Opinion, words: PageWords, titles: Titles) -> dict[str, Any]:
    far = ""
    if one.novelty is not None:
        far = words("distance", percent_text(one.novelty))
        far = f"{far} · {words('too_far')}" if one.novelty > 1 else far
    return {"title": titles.model(one.bundle.name), "version": words("version", one.bundle.version), "distance": far}


def _map(
    speaker: Opinion | Naming, one: ExplanationMap, sides: Mapping[str, tuple[Label, str]], words: PageWords,
    titles: Titles,
) -> dict[str, Any]:  # fmt: skip
    """A map with what stands below it for each side: its own, leukemic, healthy."""
    model = speaker.bundle.name
    title, captions = titles.map(model, one.name), {}
    for side, (label, word) in sides.items():
        caption = words("map_for", title, word) if one.kind.evidence else words("map_looked", title)
        captions[side] = words("weak", caption) if is_weak(one, label) else caption
    sided = one.kind.signed and isinstance(speaker, Opinion)
    return {"model": model, "name": one.name, "title": title, "captions": captions, "sided": sided}

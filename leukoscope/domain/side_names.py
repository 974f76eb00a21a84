"""What a name that people give a class of cells says: healthy, leukemic, a class of cells, or nothing that is known.

The published sets name their folders ``Healthy`` and ``Cancerous``, ``hem`` and ``all``, ``Benign``, ``[Malignant]
early Pre-B``, ``all_pro``. Benign there are hematogones and other healthy cells; Early, Pre and Pro are stages of
leukemic B lymphoblasts.
"""

from __future__ import annotations

import ast
import re
from typing import Literal

from leukoscope.domain import cell_classes
from leukoscope.domain.cell_classes import CELL_CLASSES

Side = Literal[0, 1]
HEALTHY: Side = 0
LEUKEMIC: Side = 1
SIDE_WORDS = ("healthy", "leukemic")

_HEALTHY = frozenset(
    ("healthy", "hem", "normal", "normals", "benign", "negative", "control", "controls", "hematogone", "hematogones")
)
_LEUKEMIC = frozenset(
    ("leukemic", "leukaemic", "leukemia", "leukaemia", "cancer", "cancerous", "malignant", "positive", "blast")
) | frozenset(("blasts", "lymphoblast", "lymphoblasts", "lymphoblastic", "early", "pre", "pro"))
_NEGATIONS = frozenset(("non", "not", "no"))
_NEGATED = frozenset(("leukemic", "leukaemic", "leukemia", "leukaemia", "cancer", "cancerous", "malignant", "all"))
_NEGATED_WORDS = frozenset(f"non{word}" for word in _NEGATED)
_ALL = "all"
_FILLERS = frozenset(
    ("cell", "cells", "class", "image", "images", "picture", "pictures", "b", "type", "stage", "acute")
)
_CELLS = {
    cell_classes.NEUTROPHIL: (
        "neutrophil",
        "segmented",
        "seg",
        "neu",
        "ne",
        "band",
        "stab",
        "bne",
        "sne",
        "ngs",
        "ngb",
    ),
    cell_classes.LYMPHOCYTE: ("lymphocyte", "lym", "ly", "lyt", "lya"),
    cell_classes.MONOCYTE: ("monocyte", "mon", "mo"),
    cell_classes.EOSINOPHIL: ("eosinophil", "eos", "eo"),
    cell_classes.BASOPHIL: ("basophil", "bas", "baso", "ba"),
    cell_classes.IMMATURE_GRANULOCYTE: ("metamyelocyte", "myelocyte", "promyelocyte", "ig", "mmy", "my", "pmy"),
    cell_classes.BLAST: ("blast", "myeloblast", "monoblast", "lymphoblast", "myo", "mob"),
    cell_classes.ERYTHROBLAST: ("erythroblast", "normoblast", "nrbc", "ebo"),
    cell_classes.SMUDGE: ("smudge", "basket", "gumprecht", "ksc"),
    cell_classes.ARTIFACT: ("artifact", "artefact", "debris", "stain", "background"),
    cell_classes.NO_WHITE_CELL: ("platelet", "thrombocyte", "erythrocyte", "rbc", "red"),
}
"""Words for classes of cells, singular; the short ones are those of published sets (PBC, Raabin, Munich's AML)."""
_CODES = {word: code for code, words in _CELLS.items() for word in words}
_OTHER = frozenset(("other", "unknown", "neither", "rest", "misc"))


def words_of(name: str) -> list[str]:
    """The words of a name, case-folded: ``[Malignant] early Pre-B`` is malignant, early, pre, b."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[^\W\d_]+", spaced.casefold())


def side_of(name: str) -> Side | None:
    """What a name says of leukemia: 0 healthy, 1 leukemic, ``None`` where it is not known."""
    words = [word for word in words_of(name) if word not in _FILLERS]
    if not words:
        return None
    if len(words) == 1 and words[0] in _NEGATED_WORDS:
        return HEALTHY
    if words[0] in _NEGATIONS:
        return HEALTHY if set(words[1:]) and set(words[1:]) <= _NEGATED else None
    told = {word for word in words if word != _ALL}
    if not told:
        return LEUKEMIC  # ALL: acute lymphoblastic leukemia
    if told <= _HEALTHY:
        return HEALTHY
    return LEUKEMIC if told <= _LEUKEMIC else None


def meaning_of(name: str) -> str:
    """What a class of somebody's model means here: ``healthy``, ``leukemic``, ``other`` or the code of a cell class.

    Empty where the name does not say it: only a person knows then.
    """
    words = [_singular(word) for word in words_of(name)]
    if "-".join(words) in CELL_CLASSES:
        return "-".join(words)
    if {"immature", "granulocyte"} <= set(words):
        return cell_classes.IMMATURE_GRANULOCYTE
    codes = {_CODES[word] for word in words if word in _CODES}
    if len(codes) == 1:
        return codes.pop()
    side = side_of(name)
    if side is not None:
        return SIDE_WORDS[side]
    return "other" if set(words) & _OTHER and set(words) <= _OTHER | _FILLERS else ""


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "eos", "bas")) else word


def listed_names(text: str) -> tuple[str, ...]:
    """Names of classes in the order of a model's outputs, as a person types them or a notebook prints them.

    ``Benign, Early``, one a line, ``['Benign', 'Early']``, or Keras' ``class_indices``: ``{'Benign': 0, 'Early': 1}``.
    """
    plain = text.strip()
    if plain.startswith("{"):
        return _numbered(plain)
    parts = re.split(r"[,;\n]", plain[1:-1] if plain.startswith(("[", "(")) and _closed(plain) else plain)
    return tuple(name for part in parts if (name := part.strip().strip("'\"").strip()))


def _closed(text: str) -> bool:
    """Whether the brackets around a list are its own, not those of ``[Malignant] early``."""
    return text[-1:] in "])" and text.count(text[0]) == 1


def _numbered(text: str) -> tuple[str, ...]:
    """Names by number, of a dictionary either way round; none where the text is no such dictionary."""
    if len(text) > 10_000:
        return ()
    try:
        given = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ()
    if not isinstance(given, dict):
        return ()
    pairs = [(value, key) if isinstance(value, int) else (key, value) for key, value in given.items()]
    if sorted(number for number, _ in pairs if isinstance(number, int)) != list(range(len(pairs))):
        return ()
    return tuple(str(name) for _, name in sorted(pairs, key=lambda one: int(one[0])))

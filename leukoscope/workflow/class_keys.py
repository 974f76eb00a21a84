"""Which key names which cell class: as on a bench counter, unless a lab has set another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from leukoscope.domain.cell_classes import CELL_CLASSES

DEFAULT_KEYS = {code: one.key for code, one in CELL_CLASSES.items()}
"""Code -> key, where nobody has set another."""


class KeyFault(StrEnum):
    """Why a key cannot name a class."""

    NO_LETTER = "no-letter"
    OF_CLASS = "of-class"
    OF_ACTION = "of-action"


@dataclass(frozen=True)
class KeyRefusal:
    """Why a key was refused.

    Parameters
    ----------
    fault
        What is in the way.
    key
        The key that was wanted.
    other
        Code of the class, or name of the action, that has the key; empty when it is no letter or digit.
    """

    fault: KeyFault
    key: str
    other: str = ""


def is_key(text: str) -> bool:
    """Whether a text is one letter or digit that a keyboard has a key for."""
    return len(text) == 1 and text.isalnum() and text == text.upper()


def keys_in_force(chosen: Mapping[str, str], reserved: Collection[str] = ()) -> dict[str, str]:
    """The key of each class, each key once; empty for a class without one.

    Parameters
    ----------
    chosen
        Code -> key as a lab has set them, as they lie in the settings: what is unknown, no key or double is left out.
    reserved
        Keys that do something else.
    """
    keys: dict[str, str] = {}
    taken = set(reserved)
    for code, key in chosen.items():
        if code in CELL_CLASSES and (key == "" or (is_key(key) and key not in taken)):
            keys[code] = key
            taken.add(key)
    for code, key in DEFAULT_KEYS.items():
        if code not in keys:
            keys[code] = "" if key in taken else key
    return {code: keys[code] for code in CELL_CLASSES}


def refusal(keys: Mapping[str, str], code: str, key: str, actions: Mapping[str, str]) -> KeyRefusal | None:
    """Why a class cannot have a key; ``None`` when it can. No key at all is always allowed.

    Parameters
    ----------
    keys
        Those in force.
    code
        The class.
    key
        The key that is wanted for it.
    actions
        Key -> name of the action that has it.
    """
    if key == "":
        return None
    if not is_key(key):
        return KeyRefusal(KeyFault.NO_LETTER, key)
    if key in actions:
        return KeyRefusal(KeyFault.OF_ACTION, key, actions[key])
    other = next((one for one, its in keys.items() if its == key and one != code), None)
    return None if other is None else KeyRefusal(KeyFault.OF_CLASS, key, other)


def changed_keys(keys: Mapping[str, str], code: str, key: str) -> dict[str, str]:
    """What the settings keep when a class gets a key: only what differs from the bench counter."""
    now = {**keys, code: key}
    return {one: its for one, its in now.items() if its != DEFAULT_KEYS[one]}

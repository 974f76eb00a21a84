"""What a lab keeps about its own teaching: the salt of its pseudonyms, who is locked away, and how often that was seen.

It never leaves the workstation: a profile holds no patient, not even by a digest that could be tried out.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from leukoscope.domain.errors import Cause, SiteError
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import make_private, write_private

LAB_FILE = "lab.json"
LOCKED_SHARE = 0.25
"""Of the patients of each side."""
LEAST_TO_LOCK = 6
"""Patients of a side of which some are locked away: with fewer, all are needed to teach and to prove."""
FOLDER = "site"


@dataclass(frozen=True)
class Look:
    """Somebody looked at the locked part."""

    at: str
    who: str
    what: str


@dataclass
class _Record:
    salt: str
    locked: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    fitted_on: dict[str, list[str]] = field(default_factory=dict)
    compared: dict[str, str] = field(default_factory=dict)


class Lab:
    """The record of one workstation's lab.

    Parameters
    ----------
    folder
        Where it is kept; made when first written.
    keep
        Told the name and the bytes of the file before it is written; may raise to refuse it.
    """

    def __init__(self, folder: Path, keep: Callable[[str, bytes], object] = lambda _name, _data: None) -> None:
        self.folder, self._keep = folder, keep
        self._record = self._read()

    def pseudonym(self, patient: str) -> str:
        """The same for the same patient, telling nothing without the salt of this lab.

        A name that :meth:`folder_name` gave is its pseudonym again: cells that left as a folder stay those of the same
        patient when they come back, and what is locked stays locked.
        """
        plain = " ".join(patient.casefold().split())
        known, _, check = plain.partition("-")
        if check and hmac.compare_digest(plain.encode("utf-8", "surrogatepass"), self.folder_name(known).encode()):
            return known
        return self._digest(plain)[:16]

    def folder_name(self, pseudonym: str) -> str:
        """What a patient's folder is called where cells leave: the pseudonym, with a check that only this lab makes."""
        return f"{pseudonym}-{self._digest(f'exported {pseudonym}')[:6]}"

    def _digest(self, text: str) -> str:
        key = bytes.fromhex(self._record.salt)
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    @property
    def locked(self) -> frozenset[str]:
        """Pseudonyms of the patients that no fit may see."""
        return frozenset(self._record.locked)

    @property
    def looks(self) -> tuple[Look, ...]:
        """Every look at the locked part."""
        return tuple(self._record.looks)

    def deal(self, patients: Mapping[str, str]) -> bool:
        """Deal patients that are new into the locked part and the others, once for all.

        Parameters
        ----------
        patients
            Pseudonym -> side (or class) that most of their cells are of.

        Returns
        -------
        bool
            Whether anybody was dealt: :meth:`write` keeps it.
        """
        known = {*self._record.locked, *self._record.open}
        changed = False
        for side in sorted(set(patients.values())):
            all_of = sorted(who for who, where in patients.items() if where == side)
            new = [who for who in all_of if who not in known]
            if len(all_of) < LEAST_TO_LOCK or not new:
                continue
            wanted = round(LOCKED_SHARE * len(all_of)) - sum(who in self.locked for who in all_of)
            chosen = set(random.Random(self._record.salt + side).sample(new, min(len(new), max(0, wanted))))
            self._record.locked += sorted(chosen)
            self._record.open += [who for who in new if who not in chosen]
            changed = True
        return changed

    def let_out(self, patients: Collection[str]) -> None:
        """Note that cells of patients have left to be learned from: none of them is ever locked away."""
        known = {*self._record.locked, *self._record.open}
        self._record.open += sorted(set(patients) - known)

    def looked(self, who: str, what: str) -> int:
        """Count a look at the locked part; gives how many there were."""
        self._record.looks.append(Look(datetime.now(UTC).isoformat(timespec="seconds"), who, what))
        self.write()
        return len(self._record.looks)

    def fitted(self, profile: str, patients: Collection[str]) -> None:
        """Remember whose cells a profile was fitted on."""
        self._record.fitted_on[profile] = sorted(patients)

    def fitted_on(self, profile: str) -> frozenset[str] | None:
        """Whose cells a profile was fitted on; ``None`` where that is not known here."""
        found = self._record.fitted_on.get(profile)
        return None if found is None else frozenset(found)

    def compared(self, challenger: str, champion: str, verdict: str) -> None:
        """Remember what comparing two profiles, by their SHA-256, came to."""
        self._record.compared[f"{challenger} {champion}"] = verdict

    def verdict_of(self, challenger: str, champion: str) -> str:
        """What comparing two profiles came to last; empty where nobody has."""
        return self._record.compared.get(f"{challenger} {champion}", "")

    def write(self) -> None:
        """Keep it.

        Raises
        ------
        SiteError
            When it cannot be written.
        """
        data = json.dumps(asdict(self._record)).encode("ascii")
        self._keep(LAB_FILE, data)
        try:
            make_private(self.folder)
            write_private(self.folder / LAB_FILE, data)
        except OSError as error:
            raise SiteError(
                "What was taught cannot be kept; check the disk and its permissions.", repr(error)
            ) from error

    def _read(self) -> _Record:
        file = self.folder / LAB_FILE
        try:
            raw = parsed_json(file.read_bytes())
            looks = [Look(str(one["at"]), str(one["who"]), str(one["what"])) for one in raw["looks"]]
            fitted = {str(name): [str(who) for who in people] for name, people in raw["fitted_on"].items()}
            bytes.fromhex(raw["salt"])
            # Files of earlier versions have no comparisons.
            compared = {str(both): str(verdict) for both, verdict in raw.get("compared", {}).items()}
            people = list(map(str, raw["locked"])), list(map(str, raw["open"]))
            return _Record(raw["salt"], *people, looks, fitted, compared)
        except FileNotFoundError:
            return _Record(secrets.token_hex(16))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            # A new salt would deal the locked patients anew: those that were locked could be taught.
            message = f"The file {LAB_FILE} in the folder “{FOLDER}” cannot be read; put it back from a backup."
            raise SiteError(message, type(error).__name__, cause=Cause.BROKEN) from error


def kinds_of_patients(cells: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Pseudonym -> what most of a patient's cells are, from pairs of both; as :meth:`Lab.deal` takes it."""
    found: dict[str, Counter[str]] = {}
    for who, kind in cells:
        found.setdefault(who, Counter())[kind] += 1
    return {who: counts.most_common(1)[0][0] for who, counts in found.items()}

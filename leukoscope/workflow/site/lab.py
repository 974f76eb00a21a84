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
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from leukoscope.domain.errors import Cause, ConflictError, SiteError
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


class Keeper(Protocol):
    """Keeps files for all workstations."""

    def keep(self, name: str, data: bytes, former: str | None) -> None:
        """Keep one in the place of that with the SHA-256 ``former``; raises ConflictError where there is another."""

    def newest(self, name: str) -> bytes:
        """What is kept under a name."""


class Lab:
    """The record of one workstation's lab.

    Parameters
    ----------
    folder
        Where it is kept; made when first written.
    keeper
        Keeps the file for all workstations before it is written here.
    """

    def __init__(self, folder: Path, keeper: Keeper | None = None) -> None:
        self.folder, self._keeper = folder, keeper
        self._seen = b""
        self._record = self._read()
        self._base = deepcopy(self._record)

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
        """Keep it; what another workstation has kept since it was read is joined with it.

        Raises
        ------
        SiteError
            When it cannot be written, or both do not agree on who is locked away; nothing is changed then.
        """
        for last in (False, False, True):
            data = json.dumps(asdict(self._record)).encode("ascii")
            try:
                if self._keeper is not None:
                    self._keeper.keep(LAB_FILE, data, hashlib.sha256(self._seen).hexdigest() if self._seen else "")
                break
            except ConflictError:
                if last:
                    raise
                self._join(self._newest())
        self._seen, self._base = data, deepcopy(self._record)
        try:
            make_private(self.folder)
            write_private(self.folder / LAB_FILE, data)
        except OSError as error:
            raise SiteError(
                "What was taught cannot be kept; check the disk and its permissions.", repr(error)
            ) from error

    def _newest(self) -> _Record:
        assert self._keeper is not None
        self._seen = self._keeper.newest(LAB_FILE)
        return _parsed(self._seen)

    def _join(self, theirs: _Record) -> None:
        self._record = joined(self._base, self._record, theirs)
        self._base = deepcopy(theirs)

    def _read(self) -> _Record:
        try:
            self._seen = (self.folder / LAB_FILE).read_bytes()
            return _parsed(self._seen)
        except FileNotFoundError:
            return _Record(secrets.token_hex(16))
        except OSError as error:
            raise _unreadable(error) from error


def joined(base: _Record, mine: _Record, theirs: _Record) -> _Record:
    """What two workstations have made of one record.

    Raises
    ------
    SiteError
        When one has locked patients away that the other learns from.
    """
    new_fits = {name: who for name, who in mine.fitted_on.items() if name not in base.fitted_on}
    learned = {*mine.open, *(who for people in new_fits.values() for who in people)}
    their_learned = {*theirs.open, *(who for people in theirs.fitted_on.values() for who in people)}
    if mine.salt != theirs.salt or learned & set(theirs.locked) or their_learned & set(mine.locked):
        raise SiteError(
            "Another workstation has taught at the same time, with other patients locked away; nothing was kept here. "
            "Teach again."
        )
    return _Record(
        theirs.salt,
        sorted({*theirs.locked, *mine.locked}),
        sorted({*theirs.open, *mine.open}),
        [*theirs.looks, *mine.looks[len(base.looks) :]],
        {**theirs.fitted_on, **new_fits},
        {**theirs.compared, **{both: said for both, said in mine.compared.items() if base.compared.get(both) != said}},
    )


def _parsed(data: bytes) -> _Record:
    try:
        raw = parsed_json(data)
        looks = [Look(str(one["at"]), str(one["who"]), str(one["what"])) for one in raw["looks"]]
        fitted = {str(name): [str(who) for who in people] for name, people in raw["fitted_on"].items()}
        bytes.fromhex(raw["salt"])
        # Files of earlier versions have no comparisons.
        compared = {str(both): str(verdict) for both, verdict in raw.get("compared", {}).items()}
        people = list(map(str, raw["locked"])), list(map(str, raw["open"]))
        return _Record(raw["salt"], *people, looks, fitted, compared)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> SiteError:
    # A new salt would deal the locked patients anew: those that were locked could be taught.
    message = f"The file {LAB_FILE} in the folder “{FOLDER}” cannot be read; put it back from a backup."
    return SiteError(message, type(error).__name__, cause=Cause.BROKEN)


def kinds_of_patients(cells: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Pseudonym -> what most of a patient's cells are, from pairs of both; as :meth:`Lab.deal` takes it."""
    found: dict[str, Counter[str]] = {}
    for who, kind in cells:
        found.setdefault(who, Counter())[kind] += 1
    return {who: counts.most_common(1)[0][0] for who, counts in found.items()}

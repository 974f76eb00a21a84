"""The site profiles of a workstation: which there are, and which one is in force."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from leukoscope.cases.signing_keys import is_signed
from leukoscope.cases.site_files import Tell
from leukoscope.domain.errors import Cause, SiteError
from leukoscope.domain.parsing import parsed_json
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.site_profile import DAMAGED, SUFFIX, LoadedProfile, unpack
from leukoscope.system.durable import make_private, write_private

logger = logging.getLogger(__name__)

ACTIVE_FILE = "active.json"
FOLDER = "site"
Keep = Callable[[str, bytes, str, Tell | None], object]
_FILE = re.compile(r"^(?P<name>.+)\.(?P<number>\d+)$")


class ProfileLibrary:
    """Profiles as files of one folder, never changed once written.

    Parameters
    ----------
    folder
        ``site`` in the user's data folder; made when first written.
    keep
        Told the name and the bytes of a file before it is written, the SHA-256 of what it takes the place of (empty:
        nothing), and what is to be written with it; may raise to refuse it.
    """

    def __init__(self, folder: Path, keep: Keep = lambda _name, _data, _former, _tell: None) -> None:
        self.folder, self._keep = folder, keep

    def list(self) -> tuple[LoadedProfile, ...]:
        """All readable profiles, by name and number; one that cannot be read is logged and left out."""
        return self.look()[0]

    def look(self) -> tuple[tuple[LoadedProfile, ...], tuple[str, ...]]:
        """All readable profiles, by name and number, and the names of files that are damaged."""
        found, damaged = list[LoadedProfile](), list[str]()
        for file in sorted(self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else ():
            try:
                found.append(unpack(file.read_bytes()))
            except (SiteError, OSError) as error:
                logger.warning("a site profile is left out: %r", error)
                damaged.append(file.stem)
        return tuple(sorted(found, key=lambda one: (one.profile.name, one.profile.number))), tuple(damaged)

    def get(self, name: str) -> LoadedProfile:
        """A profile by name (the newest) or ``NAME.NUMBER``.

        Raises
        ------
        SiteError
            When there is none, or its file is damaged.
        """
        found = _FILE.match(name)
        numbers = self._numbers(name) if found is None else [int(found["number"])]
        stem = name if found is None else found["name"]
        file = self.folder / f"{stem}.{max(numbers, default=0)}{SUFFIX}"
        if not re.fullmatch(r"[a-z0-9-]+", stem) or not file.is_file():
            raise SiteError(f"There is no site profile “{name}”; the page Quality and “leukoscope site list” show all.")
        return self._read(file)

    def _read(self, file: Path) -> LoadedProfile:
        try:
            return unpack(file.read_bytes())
        except OSError as error:
            raise SiteError(f"The site profile “{file.stem}” cannot be read; import it again.", repr(error)) from error

    def _numbers(self, name: str) -> Sequence[int]:
        files = self.folder.glob(f"{name}.*{SUFFIX}") if re.fullmatch(r"[a-z0-9-]+", name) else ()
        return [int(found["number"]) for one in files if (found := _FILE.match(one.stem)) and found["name"] == name]

    def next_number(self, name: str) -> int:
        """The number that the next profile of this name has."""
        return max(self._numbers(name), default=0) + 1

    def keep(self, profile: LoadedProfile) -> None:
        """Write a profile down.

        Raises
        ------
        SiteError
            When another one of this name and number is there, or it cannot be written.
        """
        stem = profile.title
        file = self.folder / f"{stem}{SUFFIX}"
        if file.exists() and file.read_bytes() != profile.data:
            raise SiteError(f"There is another site profile “{stem}” already; give the new one another name.")
        self._write(file, profile.data, "")

    def _write(self, file: Path, data: bytes, former: str, tell: Tell | None = None) -> None:
        self._keep(file.name, data, former, tell)
        try:
            make_private(self.folder)
            write_private(file, data)
        except OSError as error:
            raise SiteError(
                "The site profile cannot be kept; check the disk and its permissions.", repr(error)
            ) from error

    @property
    def active(self) -> LoadedProfile | None:
        """The profile in force; ``None`` while the shipped heads speak.

        Raises
        ------
        SiteError
            When it is gone or no longer what was activated.
        """
        named = self._named()
        if named is None:
            return None
        name, sha256 = named
        try:
            profile = self.get(name)
        except SiteError as error:
            message = f"The site profile in force, “{name}”, is gone or damaged; import it again, or retire it."
            raise SiteError(message, error.detail or error.message, cause=error.cause) from error
        if profile.sha256 != sha256:
            raise SiteError(DAMAGED, "not the one that was activated", cause=Cause.BROKEN)
        return profile

    @property
    def active_name(self) -> str:
        """Name and number of the profile in force, readable or not; empty for none."""
        named = self._named()
        return "" if named is None else named[0]

    @property
    def in_force(self) -> tuple[str, str] | None:
        """Name and SHA-256 of the profile in force, whether or not it can be read; ``None`` for the shipped heads."""
        return self._named()

    def _named(self) -> tuple[str, str] | None:
        try:
            raw = parsed_json((self.folder / ACTIVE_FILE).read_bytes())
            return (str(raw["name"]), str(raw["sha256"])) if raw["name"] else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            message = f"Which site profile is in force cannot be read; activate one, or retire it ({ACTIVE_FILE})."
            raise SiteError(message, repr(error), cause=Cause.BROKEN) from error

    @property
    def former_name(self) -> str:
        """Name and number of what spoke before the profile in force; empty for the shipped heads."""
        try:
            return str(parsed_json((self.folder / ACTIVE_FILE).read_bytes()).get("former", ""))
        except (OSError, ValueError, AttributeError):
            return ""

    def put_in_force(self, profile: LoadedProfile | None, tell: Tell | None = None) -> None:
        """Let a profile speak from now on, or, with ``None``, the shipped heads again; what spoke before is noted.

        Raises
        ------
        ConflictError
            When another workstation has changed what speaks since the folder was last like the store.
        """
        name = "" if profile is None else profile.title
        try:
            former = self.active_name
        except SiteError:
            former = ""
        said = {"name": name, "sha256": "" if profile is None else profile.sha256, "former": former}
        try:
            seen = hashlib.sha256((self.folder / ACTIVE_FILE).read_bytes()).hexdigest()
        except OSError:
            seen = ""
        self._write(self.folder / ACTIVE_FILE, json.dumps(said).encode("ascii"), seen, tell)


def refuse_other_bundles(
    profile: LoadedProfile, bundles: Sequence[InstalledBundle], installed: Sequence[InstalledBundle] = ()
) -> None:
    """A profile speaks only with exactly the bundles that it was taught with.

    Parameters
    ----------
    profile
        It may have come with a backup, or from another workstation.
    bundles
        Those that judge.
    installed
        All that are here, so that those that are missing are told from those that were not chosen.

    Raises
    ------
    SiteError
        When a bundle is missing, of another version, or there are others beside.
    """
    there, here = _identities(bundles), _identities((*bundles, *installed))
    wanted = {(one.name, one.version, one.model_sha256) for one in profile.profile.bundles}
    if installed and not wanted <= here:
        named = ", ".join(f"{name} {version}" for name, version, _ in sorted(wanted - here))
        raise SiteError(
            f"The site profile “{profile.mark.name}.{profile.mark.number}” was taught with models that are not "
            f"installed here ({named}); pack them where they are, and bring them with leukoscope models receive FILE.",
            f"{sorted(wanted - here)}",
        )
    if there != wanted:
        needed = ", ".join(f"{one.name} {one.version}" for one in profile.profile.bundles)
        raise SiteError(
            f"The site profile “{profile.mark.name}.{profile.mark.number}” was taught with the models {needed}; "
            "choose these, or teach it anew.",
            f"{sorted(there ^ wanted)}",
        )


def _identities(bundles: Sequence[InstalledBundle]) -> set[tuple[str, str, str]]:
    return {(one.manifest.name, one.manifest.version, one.manifest.model_sha256) for one in bundles}


def signature_sentence(profile: LoadedProfile, own: str) -> str:
    """Who signed a profile.

    Raises
    ------
    SiteError
        When the signature is not of this profile.
    """
    if profile.signature is None:
        return "It is not signed."
    public, signature = profile.signature
    if not is_signed(public, signing_text(profile.sha256), signature):
        raise SiteError("The signature of this site profile is not valid; export it again.", public, cause=Cause.BROKEN)
    return "It is signed by this installation." if public == own else f"It is signed by the key {public[:16]}."


def signing_text(sha256: str) -> str:
    """What is signed: no signature of anything else is one of a profile."""
    return f"site profile {sha256}"

"""The site profiles of a workstation as a person sees them in a list: which there are, and which one speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leukoscope.domain.errors import SiteError
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.site_profile import LoadedProfile
from leukoscope.site.proof import BETTER
from leukoscope.workflow.site.profile_library import refuse_other_bundles
from leukoscope.workflow.site.proof_facts import ProofFacts, proof_facts
from leukoscope.workflow.site.service import LockedPart, SiteService


@dataclass(frozen=True)
class ProfileFacts:
    """One profile.

    Parameters
    ----------
    title
        Name and number.
    created
        Day, ISO 8601.
    sha256
        Names the whole.
    verdict
        Of its proof.
    proof
        The figures.
    cells, patients
        How many of each class or side it was taught with.
    wanted
        Accuracy that decided cells shall have, 0.5..1.
    models
        What it belongs to, with versions.
    signed
        Who signed it, in a sentence.
    obstacle
        Why it cannot speak now, in a sentence; empty when it can.
    champion
        Title of another profile that speaks now; empty for none.
    challenge
        Verdict of the comparison with that one on the locked patients; empty where nobody has compared them.
    """

    title: str
    created: str
    sha256: str
    verdict: str
    proof: ProofFacts
    cells: Mapping[str, int]
    patients: Mapping[str, int]
    wanted: float
    models: tuple[str, ...]
    signed: str
    obstacle: str
    champion: str = ""
    challenge: str = ""

    @property
    def needs_reason(self) -> bool:
        """Whether an administrator must write why it is to speak."""
        return self.verdict != BETTER or bool(self.champion and self.challenge != BETTER)


@dataclass(frozen=True)
class ProfileList:
    """All profiles.

    Parameters
    ----------
    profiles
        By name and number.
    damaged
        Names of files that cannot be read.
    speaking
        Title of the one in force; empty while the shipped models speak.
    former
        Title of what spoke before it; empty for the shipped models.
    obstacle
        Why what is in force cannot speak, in a sentence; empty when it can.
    locked
        The patients that were locked away, and how often they were looked at.
    """

    profiles: tuple[ProfileFacts, ...]
    damaged: tuple[str, ...]
    speaking: str
    former: str
    obstacle: str
    locked: LockedPart


def list_profiles(
    service: SiteService, bundles: Sequence[InstalledBundle], installed: Sequence[InstalledBundle] = ()
) -> ProfileList:
    """Read all profiles.

    Parameters
    ----------
    service
        Whose.
    bundles
        The models that judge, as they ship.
    installed
        All that are here.

    Raises
    ------
    SiteError
        When the lab's own record is damaged.
    """
    profiles, damaged = service.library.look()
    speaking = obstacle = ""
    try:
        speaking = service.library.active_name
        active = service.library.active
        if active is not None:
            refuse_other_bundles(active, bundles, installed)
    except SiteError as error:
        obstacle = error.message
    facts = tuple(_facts(service, one, bundles, installed) for one in profiles)
    return ProfileList(facts, damaged, speaking, service.library.former_name, obstacle, service.locked_part())


def _facts(
    service: SiteService,
    loaded: LoadedProfile,
    bundles: Sequence[InstalledBundle],
    installed: Sequence[InstalledBundle],
) -> ProfileFacts:
    profile = loaded.profile
    signed = obstacle = ""
    try:
        signed = service.signed_by(loaded)
        refuse_other_bundles(loaded, bundles, installed)
    except SiteError as error:
        obstacle = error.message
    champion, challenge = service.challenged(loaded)
    return ProfileFacts(
        title=loaded.title,
        created=profile.created,
        sha256=loaded.sha256,
        verdict=profile.verdict,
        proof=proof_facts(profile.proof),
        cells=profile.cells,
        patients=profile.patients,
        wanted=profile.wanted_accuracy,
        models=tuple(f"{one.name} {one.version}" for one in profile.bundles),
        signed=signed,
        obstacle=obstacle,
        champion=champion,
        challenge=challenge,
    )

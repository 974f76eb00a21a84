"""The file of a site profile: one zip with ``profile.json`` and ``arrays.npz``, no code, held together by SHA-256."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leukoscope.domain.errors import Cause, SiteError
from leukoscope.domain.findings import Thresholds
from leukoscope.domain.parsing import parsed_json
from leukoscope.domain.site_profiles import NAME_PATTERN, Pooling, ProfileMark, marked
from leukoscope.inference.manifest import Band, Calibration, Manifest, NamingRule, Sha256, ShapeModel
from leukoscope.inference.opinions import NoveltyReference
from leukoscope.inference.site_heads import SiteClassHead, SiteHead

PROFILE_JSON, ARRAYS, SIGNATURE, DIGEST = "profile.json", "arrays.npz", "signature.json", "profile.sha256"
SUFFIX = ".site"
LARGEST = 64 << 20
"""Bytes of a part: 32 axes of 3,840 features take half a megabyte."""
DAMAGED = "This site profile is damaged or was changed by hand; export it again where it was made."
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TaughtBundle(_Strict):
    """What the profile changes in one bundle.

    ``scale`` and ``bias`` belong to a leukemia network's head, whose arrays are ``NAME.mean`` and ``NAME.weights``;
    ``temperature`` and ``naming`` to a differential's, with ``NAME.class_bias`` too; ``shape`` to figures of shape.
    """

    name: str
    version: str
    model_sha256: Sha256
    kind: Literal["network", "morphology", "differential"]
    shrinkage: Finite | None = None
    scale: Finite | None = None
    bias: Finite | None = None
    band: Band | None = None
    temperature: Annotated[Finite, Field(gt=0)] | None = None
    naming: NamingRule | None = None
    shape: ShapeModel | None = None
    novelty: Annotated[Finite, Field(gt=0)] | None = Field(None, description="Limit of the distance.")


class PoolingRule(_Strict):
    """How opinions are combined; see ``domain.site_profiles.Pooling``."""

    weights: dict[str, Annotated[Finite, Field(ge=0)]]
    bias: Finite
    band: Band


class Optics(_Strict):
    """Scale and stain of the site, as its labeled cells show them; ``None`` where nothing says it."""

    um_per_px: Finite | None = None
    um_per_px_spread: Finite | None = None
    nucleus_density: Finite | None = None
    nucleus_density_spread: Finite | None = None
    basophilia: Finite | None = None


class SiteProfile(_Strict):
    """All of a profile but its arrays. It names no patient, no file and no case."""

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=rf"^{NAME_PATTERN}$")]
    number: int = Field(ge=1)
    created: str
    program: str
    wanted_accuracy: Annotated[float, Field(ge=0.5, le=1.0)]
    bundles: tuple[TaughtBundle, ...] = Field(min_length=1)
    pooling: PoolingRule | None = None
    optics: Optics = Optics()
    cells: dict[str, int]
    patients: dict[str, int]
    proof: dict[str, str | float | int | None] = Field(description="Figures of the proof by name, as text or numbers.")
    verdict: Literal["better", "no better", "too few to tell"]
    arrays_sha256: Sha256


@dataclass(frozen=True, eq=False)
class LoadedProfile:
    """A profile that was checked, with its arrays.

    Parameters
    ----------
    profile
        What ``profile.json`` says.
    sha256
        Of ``profile.json``, which holds that of the arrays: it names the whole.
    arrays
        By name, float32.
    data
        The file's bytes.
    signature
        Public key and signature of ``sha256``, hexadecimal; ``None`` where nobody signed.
    """

    profile: SiteProfile
    sha256: str
    arrays: Mapping[str, NDArray[np.float32]]
    data: bytes
    signature: tuple[str, str] | None = None

    @cached_property
    def mark(self) -> ProfileMark:
        """What it leaves on findings."""
        return ProfileMark(self.profile.name, self.profile.number, self.sha256)

    @property
    def title(self) -> str:
        """Name and number: ``our-lab.2``."""
        return f"{self.profile.name}.{self.profile.number}"

    @property
    def pooling(self) -> Pooling | None:
        """How it combines opinions."""
        rule = self.profile.pooling
        if rule is None:
            return None
        return Pooling(rule.weights, rule.bias, Thresholds(rule.band.low, rule.band.high))

    def of(self, name: str) -> TaughtBundle | None:
        """What it changes in a bundle."""
        return next((one for one in self.profile.bundles if one.name == name), None)

    def taught(self, manifest: Manifest) -> Manifest:
        """The manifest of a bundle as it speaks with this profile; unchanged for one that it does not change."""
        own = self.of(manifest.name)
        if own is None:
            return manifest
        changed: dict[str, object] = {"version": marked(manifest.version, self.mark)}
        if own.band is not None:
            changed |= {"thresholds": own.band, "calibration": Calibration(fitted_on=f"site profile {self.mark.text}")}
        if own.shape is not None:
            changed["shape"] = own.shape
        if own.naming is not None:
            changed |= {"naming": own.naming, "calibration": Calibration(fitted_on=f"site profile {self.mark.text}")}
        return manifest.model_copy(update=changed)

    def head(self, name: str) -> SiteHead | SiteClassHead | None:
        """The new head of a network; ``None`` where its own speaks."""
        own = self.of(name)
        if own is None or f"{name}.weights" not in self.arrays:
            return None
        mean, weights = (self.arrays[f"{name}.{part}"].astype(np.float64) for part in ("mean", "weights"))
        if own.kind == "differential":
            return SiteClassHead(
                mean, weights, self.arrays[f"{name}.class_bias"].astype(np.float64), own.temperature or 1.0
            )
        return SiteHead(mean, weights, 0.0 if own.scale is None else own.scale, own.bias or 0.0)

    def novelty(self, name: str) -> NoveltyReference | None:
        """The site's own cells as a network sees them; ``None`` where the shipped reference holds."""
        own = self.of(name)
        if own is None or own.novelty is None:
            return None
        mean, components, scale = (self.arrays[f"{name}.novelty_{part}"] for part in ("mean", "components", "scale"))
        return NoveltyReference(mean, components, scale, own.novelty)


def pack(profile: SiteProfile, arrays: Mapping[str, NDArray[np.float32]], signer: object = None) -> bytes:
    """The bytes of a profile's file; ``profile.arrays_sha256`` is set here.

    Parameters
    ----------
    profile
        What is told.
    arrays
        By name.
    signer
        Gives ``(public, signature)`` of a text when called, or ``None``.
    """
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **{name: np.asarray(array) for name, array in arrays.items()})
    raw = stream.getvalue()
    complete = profile.model_copy(update={"arrays_sha256": hashlib.sha256(raw).hexdigest()})
    text = json.dumps(complete.model_dump(mode="json"), indent=1, sort_keys=True).encode("ascii")
    parts = {PROFILE_JSON: text, ARRAYS: raw, DIGEST: hashlib.sha256(text).hexdigest().encode("ascii")}
    if callable(signer):
        public, signature = signer(hashlib.sha256(text).hexdigest())
        parts[SIGNATURE] = json.dumps({"public": public, "signature": signature}).encode("ascii")
    return _zipped(parts)


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def unpack(data: bytes) -> LoadedProfile:
    """Check and read a profile's bytes. The signature is read, not judged: who may sign is the lab's to say.

    Raises
    ------
    SiteError
        When anything is not as it was written, or of a later version of the program.
    """
    try:
        parts = _parts(data)
        raw = parsed_json(parts[PROFILE_JSON])
        if hashlib.sha256(parts[PROFILE_JSON]).hexdigest().encode("ascii") != parts[DIGEST]:
            raise SiteError(DAMAGED, "profile", cause=Cause.BROKEN)
        if isinstance(raw, dict) and isinstance(raw.get("format"), int) and raw["format"] > 1:
            raise SiteError("This site profile is of a later version of the program; update this one.")
        profile = SiteProfile.model_validate(raw)
        if hashlib.sha256(parts[ARRAYS]).hexdigest() != profile.arrays_sha256:
            raise SiteError(DAMAGED, "arrays", cause=Cause.BROKEN)
        with np.load(io.BytesIO(parts[ARRAYS]), allow_pickle=False) as arrays:
            found = {name: np.asarray(arrays[name], np.float32) for name in arrays.files}
        signature = _signature(parts)
    except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile, ValidationError) as error:
        raise SiteError(DAMAGED, repr(error)[:500], cause=Cause.BROKEN) from error
    loaded = LoadedProfile(profile, hashlib.sha256(parts[PROFILE_JSON]).hexdigest(), found, data, signature)
    _check_arrays(loaded)
    return loaded


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        names = [one.filename for one in file.infolist()]
        if set(names) - {PROFILE_JSON, ARRAYS, SIGNATURE, DIGEST} or len(set(names)) != len(names):
            raise ValueError("other parts than a profile has")
        if any(one.file_size > LARGEST or one.compress_type != zipfile.ZIP_STORED for one in file.infolist()):
            raise ValueError("a part is too large or packed")
        return {name: file.read(name) for name in names}


def _signature(parts: Mapping[str, bytes]) -> tuple[str, str] | None:
    if SIGNATURE not in parts:
        return None
    raw = parsed_json(parts[SIGNATURE])
    return str(raw["public"]), str(raw["signature"])


def _check_arrays(loaded: LoadedProfile) -> None:
    """Every array that the profile needs is there, finite, and fits the others."""
    try:
        for bundle in loaded.profile.bundles:
            head, novelty = loaded.head(bundle.name), loaded.novelty(bundle.name)
            if bundle.kind == "network" and bundle.band is not None and head is None:
                raise ValueError(f"no head of {bundle.name}")
            if isinstance(head, SiteHead) and head.mean.shape != head.weights.shape:
                raise ValueError(f"shapes of {bundle.name}")
            if isinstance(head, SiteClassHead) and head.weights.shape != (head.mean.size, head.bias.size):
                raise ValueError(f"shapes of {bundle.name}")
            if novelty is not None and novelty.components.shape != (novelty.scale.size, novelty.mean.size):
                raise ValueError(f"shapes of {bundle.name}")
        if not all(np.isfinite(array).all() for array in loaded.arrays.values()):
            raise ValueError("arrays are not finite")
    except (KeyError, ValueError) as error:
        raise SiteError(DAMAGED, repr(error), cause=Cause.BROKEN) from error

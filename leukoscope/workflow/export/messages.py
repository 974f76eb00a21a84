"""A case as a message to the hospital's system."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.exchange.exported_case import ExportedCase


def fhir_transaction(package: ExportedCase) -> bytes:
    """A case as a FHIR transaction."""
    from leukoscope.exchange.fhir import fhir_bundle
    from leukoscope.exchange.fhir_send import transaction_of

    return transaction_of(fhir_bundle(package))


def hl7_text(package: ExportedCase, settings: Settings, cancel: CancelToken | None = None) -> str:
    """A case as an HL7 message with a name of its own."""
    from leukoscope.exchange.hl7_message import oru_message

    return oru_message(package, secrets.token_hex(10), settings.hl7_receiver, cancel)

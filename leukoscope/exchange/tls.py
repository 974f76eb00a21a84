"""Encrypted lines to other systems: whom we trust, and who we say we are."""

from __future__ import annotations

import ssl
from pathlib import Path

from leukoscope.domain.errors import ExchangeError, SettingsError


def client_context(trusted: str = "", own: str = "") -> ssl.SSLContext:
    """What a connection is encrypted with: TLS 1.2 or newer, the other side's certificate and name always checked.

    Parameters
    ----------
    trusted
        PEM file with the certificates of authorities, or of the other system itself; empty takes the computer's own.
    own
        PEM file with this workstation's certificate and its key, for systems that ask who calls (as DICOM's secure
        transport profiles do, PS3.15 annex B); empty shows none.

    Raises
    ------
    SettingsError
        When a file is missing or holds something else.
    """
    try:
        context = ssl.create_default_context(cafile=trusted or None)
    except (OSError, ssl.SSLError) as error:
        message = f"“{Path(trusted).name}” holds no certificates; choose a PEM file in the settings."
        raise SettingsError(message, repr(error)) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if own:
        try:
            context.load_cert_chain(own)
        except (OSError, ssl.SSLError) as error:
            message = f"“{Path(own).name}” holds no certificate with its key; choose a PEM file in the settings."
            raise SettingsError(message, repr(error)) from error
    return context


def server_context(own: str, clients: str = "") -> ssl.SSLContext:
    """What calls from other systems are encrypted with: TLS 1.2 or newer.

    Parameters
    ----------
    own
        PEM file with this computer's certificate and its key.
    clients
        PEM file of authorities: only who shows a certificate of one of them is listened to; empty asks for none.

    Raises
    ------
    SettingsError
        When a file is missing or holds something else.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(own)
    except (OSError, ssl.SSLError) as error:
        message = f"“{Path(own).name}” holds no certificate with its key; choose a PEM file in the settings."
        raise SettingsError(message, repr(error)) from error
    if clients:
        try:
            context.load_verify_locations(clients)
        except (OSError, ssl.SSLError) as error:
            message = f"“{Path(clients).name}” holds no certificates; choose a PEM file in the settings."
            raise SettingsError(message, repr(error)) from error
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def refusal(error: ssl.SSLError) -> ExchangeError:
    """What a failed handshake means; worth trying later, for it is put right over there or in the settings."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ExchangeError(
            "The other system’s certificate is not trusted or names another computer; check both in the settings.",
            f"TLS: {error.verify_message}",
            again=True,
        )
    return ExchangeError(
        "No encrypted line comes about; check the port, and whether the other system wants a certificate from us.",
        f"TLS: {error.reason}",
        again=True,
    )

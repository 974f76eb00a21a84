"""HL7 over MLLP: one message out, its acknowledgement back."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

import hl7
from hl7.exceptions import HL7Exception
from hl7.mllp import open_hl7_connection
from hl7.mllp.exceptions import InvalidBlockError

from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.tls import refusal

TIMEOUT_S = 30.0
"""Longest wait for the connection, and again for the acknowledgement."""


def send_message(
    host: str, port: int, message: str, timeout_s: float = TIMEOUT_S, tls: ssl.SSLContext | None = None
) -> None:
    """Send a message and wait until the other side has taken it.

    Parameters
    ----------
    host, port
        Where the other system listens.
    message
        Segments that end in carriage returns.
    timeout_s
        Longest wait for each step, in seconds.
    tls
        From :func:`leukoscope.exchange.tls.client_context`; ``None`` sends in the clear.

    Raises
    ------
    ExchangeError
        When the other system is not there, does not answer or does not take the message; ``again`` says whether it
        is worth trying later.
    """
    try:
        answer = asyncio.run(_exchange(host, port, message, timeout_s, tls))
    except ssl.SSLError as error:
        raise refusal(error) from error
    except TimeoutError as error:
        raise ExchangeError("The hospital’s system does not answer.", "MLLP time out", again=True) from error
    except (OSError, asyncio.IncompleteReadError) as error:
        raise ExchangeError(
            "The hospital’s system cannot be reached; check that it runs, and its address in the settings.",
            f"MLLP {type(error).__name__} {getattr(error, 'errno', '')}",
            again=True,
        ) from error
    except (InvalidBlockError, ValueError, UnicodeError) as error:
        raise ExchangeError(
            "What the hospital’s system answers is no HL7 acknowledgement; check the port in the settings.",
            f"MLLP {type(error).__name__}",
        ) from error
    _judge(answer, message)


async def _exchange(host: str, port: int, message: str, timeout_s: float, tls: ssl.SSLContext | None) -> str:
    async with asyncio.timeout(timeout_s):
        reader, writer = await open_hl7_connection(host, port, encoding="utf-8", encoding_errors="replace", ssl=tls)
    try:
        async with asyncio.timeout(timeout_s):
            writer.writeblock(message.encode("utf-8"))
            await writer.drain()
            block: bytes = await reader.readblock()
    finally:
        writer.close()
        # The message is answered or lost by now; how the line ends changes nothing.
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(timeout_s):
                await writer.wait_closed()
    return block.decode("utf-8", "replace")


def _judge(answer: str, message: str) -> None:
    """Raise unless the answer says that this very message was taken (HL7 v2.5.1, 2.9.2)."""
    sent = message.split("|", 10)[9]
    try:
        msa = hl7.parse(answer).segment("MSA")
        code, control_id = str(msa[1]), str(msa[2])
    except (HL7Exception, KeyError, IndexError, ValueError) as error:
        raise ExchangeError(
            "What the hospital’s system answers is no HL7 acknowledgement; check the port in the settings.",
            f"MLLP answer without MSA ({type(error).__name__})",
        ) from error
    if control_id != sent:
        raise ExchangeError("The hospital’s system acknowledged another message.", "MSA-2 differs", again=True)
    if code in {"AE", "CE"}:
        raise ExchangeError("The hospital’s system found an error in the message and did not take it.", f"MSA {code}")
    if code in {"AR", "CR"}:
        raise ExchangeError("The hospital’s system refused the message; ask its administrator.", f"MSA {code}")
    if code not in {"AA", "CA"}:
        raise ExchangeError("The hospital’s system gave an unknown answer.", f"MSA {code[:8]}")

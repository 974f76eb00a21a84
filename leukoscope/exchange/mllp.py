"""HL7 over MLLP: one message out, its acknowledgement back."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.hl7_ack import END, START, TAKEN, acknowledgements, is_whole, judge
from leukoscope.exchange.sockets import keep_watch, open_and_close
from leukoscope.exchange.tls import refusal

TIMEOUT_S, KNOCK_S = 30.0, 10.0
"""Longest wait for the connection and again for the acknowledgement; and where it is only tried."""
UNREACHABLE = "The hospital’s system cannot be reached; check that it runs, and its address in the settings."
LARGEST_ANSWER = 1 << 20
"""In bytes; an acknowledgement has a few hundred."""
_CHUNK = 1 << 16


def send_message(
    host: str, port: int, message: str, timeout_s: float = TIMEOUT_S, tls: ssl.SSLContext | None = None
) -> None:
    """Send a message and wait until the other side has taken it.

    What it answers is read as generously as can be: a message that was taken and is sent again is a second report in
    the patient's record.

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
        is worth trying later. Its subclass AnswerError quotes the other side's reason.
    """
    control_id = message.split("|", 10)[9]
    try:
        answer = asyncio.run(_exchange(host, port, message, control_id, timeout_s, tls))
    except ssl.SSLError as error:
        raise refusal(error) from error
    except TimeoutError as error:
        raise ExchangeError("The hospital’s system does not answer.", "MLLP time out", again=True) from error
    except (OSError, EOFError) as error:
        detail = f"MLLP {type(error).__name__} {getattr(error, 'errno', '')}"
        raise ExchangeError(UNREACHABLE, detail, again=True) from error
    judge(acknowledgements(answer), control_id)


def knock(host: str, port: int, timeout_s: float = KNOCK_S, tls: ssl.SSLContext | None = None) -> None:
    """Open a line and close it again: MLLP has no question that is no message.

    Raises
    ------
    ExchangeError
        When nobody listens there, or no encrypted line comes about.
    """
    try:
        open_and_close(host, port, timeout_s, tls)
    except OSError as error:
        raise ExchangeError(UNREACHABLE, f"MLLP {type(error).__name__} {error.errno}", again=True) from error


async def _exchange(
    host: str, port: int, message: str, control_id: str, timeout_s: float, tls: ssl.SSLContext | None
) -> bytes:
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        keep_watch(writer.get_extra_info("socket"), timeout_s)
        return await _talk(reader, writer, START + message.encode("utf-8") + END + b"\r", control_id, timeout_s)
    finally:
        writer.close()
        # The message is answered or lost by now; how the line ends changes nothing.
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(timeout_s):
                await writer.wait_closed()


async def _talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, block: bytes, control_id: str, timeout_s: float
) -> bytes:
    """Send, and collect what comes until this message is answered, the line ends, or time runs out."""
    answer = bytearray()
    broken: Exception | None = None
    try:
        async with asyncio.timeout(timeout_s):
            writer.write(block)
            # A side that answers before it has read all may already have closed its end: what it said counts.
            with suppress(ConnectionError):
                await writer.drain()
            while len(answer) < LARGEST_ANSWER:
                chunk = await reader.read(_CHUNK)
                if not chunk:
                    broken = EOFError("no answer")
                    break
                answer += chunk
                if _is_settled(bytes(answer), control_id):
                    return bytes(answer)
    except (TimeoutError, OSError) as error:
        broken = error
    if broken is None or acknowledgements(bytes(answer)):
        # Without an end mark, or about another message only: better than not having heard it.
        return bytes(answer)
    if answer and b"MSH" not in answer and (START not in answer or is_whole(bytes(answer))):
        # Somebody is there who speaks something else.
        return bytes(answer)
    raise broken


def _is_settled(answer: bytes, control_id: str) -> bool:
    """Whether this message is answered. A late answer to an earlier one, or garbage, may come first.

    Who sends no end mark is believed when the line that says "taken" has ended.
    """
    mine = [one for one in acknowledgements(answer) if one.control_id == control_id]
    return bool(mine) and (is_whole(answer) or (mine[-1].code in TAKEN and answer.endswith((b"\r", b"\n"))))

from __future__ import annotations

import socket

import pytest

from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.hl7_message import oru_message
from leukoscope.exchange.mllp import send_message
from tests.unit.exchange import builders
from tests.unit.exchange.receivers import acknowledge, mllp_listener

MESSAGE = oru_message(builders.exported(), "id-1")


def test_a_message_arrives_whole_and_is_acknowledged() -> None:
    large = oru_message(builders.exported(pdf=bytes(3_000_000)), "id-2")
    with mllp_listener() as mailbox:
        send_message("127.0.0.1", mailbox.port, MESSAGE)
        send_message("127.0.0.1", mailbox.port, large)
    assert mailbox.messages == [MESSAGE, large]


@pytest.mark.parametrize("code", ["AE", "AR", "??"])
def test_a_message_that_is_not_taken_is_not_tried_again(code: str) -> None:
    with mllp_listener(lambda message: acknowledge(message, code)) as mailbox, pytest.raises(ExchangeError) as caught:
        send_message("127.0.0.1", mailbox.port, MESSAGE)
    assert not caught.value.again


def test_an_answer_to_another_message_does_not_count() -> None:
    other = acknowledge(MESSAGE.replace("id-1", "id-9"))
    with mllp_listener(lambda _: other) as mailbox, pytest.raises(ExchangeError, match="another message") as caught:
        send_message("127.0.0.1", mailbox.port, MESSAGE, timeout_s=0.5)
    assert caught.value.again


def test_an_answer_that_is_no_acknowledgement_is_said() -> None:
    with mllp_listener(lambda _: "HTTP/1.1 400 Bad Request") as mailbox, pytest.raises(ExchangeError, match="port"):
        send_message("127.0.0.1", mailbox.port, MESSAGE, timeout_s=0.5)


def test_a_line_that_breaks_is_worth_trying_again() -> None:
    with mllp_listener(lambda _: None) as mailbox, pytest.raises(ExchangeError) as caught:
        send_message("127.0.0.1", mailbox.port, MESSAGE)
    assert caught.value.again


def test_nobody_there_and_nobody_answering_are_worth_trying_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ExchangeError, match="does not answer") as caught:
            send_message("127.0.0.1", port, MESSAGE, timeout_s=0.2)
        assert caught.value.again
    with pytest.raises(ExchangeError, match="cannot be reached") as caught:
        send_message("127.0.0.1", port, MESSAGE, timeout_s=5)
    assert caught.value.again

"""The program ``leukoscope``: read the command line, run the command, and say in one sentence what went wrong."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from leukoscope.cli import exit_codes
from leukoscope.cli.parser import parse
from leukoscope.cli.window import COMMAND
from leukoscope.domain.errors import CancelledError, LeukoScopeError, sentence_of
from leukoscope.system.console import make_output_safe

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    make_output_safe()
    # Whatever a library writes, logs and imported models included: readable by this user only.
    os.umask(0o077)
    args = parse(list(sys.argv[1:] if argv is None else argv))
    from leukoscope.system.logs import start_logging
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.begin import begin_stages
    from leukoscope.workflow.settings import heal_settings

    try:
        home = AppDirs.of_user()
        start_logging(home.logs, verbose=args.verbose)
        begin_stages(home)
        if args.command not in {None, COMMAND} and (said := heal_settings(home.config)):
            print(said, file=sys.stderr)
        with _ended_as_by_hand():
            code: int = args.run(args, home)
        return code
    except CancelledError as stopped:
        print(stopped.message, file=sys.stderr)
        return exit_codes.STOPPED
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return exit_codes.STOPPED
    except LeukoScopeError as error:
        logger.error("%s (%s)", error.message, error.detail)
        print(error.message, file=sys.stderr)
        return exit_codes.FAILED
    except Exception as error:
        # Python would print the error's words, in which names of files stand; the log keeps its places in the code.
        logger.exception("a command failed")
        print(sentence_of(error), file=sys.stderr)
        return exit_codes.FAILED


@contextmanager
def _ended_as_by_hand() -> Iterator[None]:
    """Let the end of a session, or of a terminal, do what Ctrl+C does: nothing is left on its way.

    The window has handlers of its own.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    known = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]
    if threading.current_thread() is not threading.main_thread():
        known = []
    # One that is ignored stays so: nohup means it.
    former = {one: signal.signal(one, stop) for one in known if signal.getsignal(one) is signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)

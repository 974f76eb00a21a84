"""The program ``leukoscope``: read the command line, run the command, and say in one sentence what went wrong."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

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

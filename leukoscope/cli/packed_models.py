"""``leukoscope models send`` and ``receive``: a model in one signed file, for another workstation."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes

if TYPE_CHECKING:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import AppDirs


def add_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both."""
    send = verbs.add_parser("send", help="pack a model into one signed file for another workstation")
    send.add_argument("name")
    send.add_argument("file", type=Path, help="for example hybrid.zip")
    receive = verbs.add_parser("receive", help="check and install a model that another workstation packed")
    receive.add_argument("file", type=Path)
    receive.add_argument("--key", default="", help="of the workstation that packed it, as its people say it")


def send(args: argparse.Namespace, home: AppDirs, library: BundleLibrary) -> int:
    """Pack a model."""
    from leukoscope.domain.progress import CancelToken
    from leukoscope.workflow.opening import keys_of
    from leukoscope.workflow.packed_model import pack_model

    key = pack_model(library.get(args.name), args.file, keys_of(home), _step, CancelToken())
    print(f"{args.name} packed into {args.file}. The key of this workstation is {key}: tell it on another way.")
    return exit_codes.OK


def receive(args: argparse.Namespace, library: BundleLibrary) -> int:
    """Install a packed model."""
    from leukoscope.domain.progress import CancelToken
    from leukoscope.workflow.packed_model import unpack_model

    bundle = unpack_model(args.file, args.key, library, _step, CancelToken())
    print(f"Installed {bundle.manifest.name} {bundle.manifest.version}")
    print(f"Use it with: leukoscope analyze PATH --models {bundle.manifest.name}")
    return exit_codes.OK


def _step(text: str, done: int, total: int) -> None:
    print(f"[{done}/{total}] {text}", file=sys.stderr, flush=True)

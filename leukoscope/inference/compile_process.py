"""The short-lived process that compiles a bundle. It alone loads TensorFlow; the engine stays small."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from leukoscope.domain.errors import BundleError, LeukoScopeError
from leukoscope.inference.graph_cache import GRAPH_FILE, discard, discard_older, graph_folder, is_whole, write_checksums
from leukoscope.inference.heartbeat import HeartbeatSender
from leukoscope.inference.manifest import file_sha256, read_manifest
from leukoscope.system.child_processes import leave_interrupts_to_parent

logger = logging.getLogger(__name__)

CHATTER_FILE = "tensorflow.log"
NO_MEMORY = "There is not enough memory for the models; close other programs, then start this one again."


def silence_tensorflow(folder: Path) -> None:
    """Send TensorFlow's start-up chatter to a file in ``folder``; call before it is imported.

    It writes to the process's stderr below Python, so the descriptor itself is turned.
    """
    descriptor = os.open(folder / CHATTER_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    # Keras draws with it where it is there, and it keeps a list of fonts in the home folder; nothing is drawn here.
    sys.modules.setdefault("matplotlib", None)  # type: ignore[arg-type]


def compile_into_cache(bundle: Path, cache: Path, *, anew: bool = False) -> None:
    """Compile one bundle into the cache; the graph appears there in one step.

    What is there stays until the new one is made and held against the original.

    Parameters
    ----------
    bundle, cache
        What is compiled, and where to.
    anew
        Whether a whole graph is replaced too: it could not be used.

    Raises
    ------
    BundleError
        When the bundle is damaged, refused or cannot be compiled, or when the disk is full.
    """
    manifest = read_manifest(bundle)
    model_file = bundle / manifest.model_file
    if not model_file.is_file() or file_sha256(model_file) != manifest.model_sha256:
        raise BundleError(f"The model file of “{manifest.name}” is not the one its manifest names; install it again.")
    from leukoscope.inference.graph import compile_bundle

    target = graph_folder(cache, manifest)
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir(parents=True)
        compile_bundle(model_file, manifest, part / GRAPH_FILE)
        write_checksums(part)
        if target.exists() and (anew or not is_whole(target)):
            discard(target)
        if not target.exists():
            part.rename(target)
        discard_older(cache, manifest)
    except OSError as error:
        message = f"The model “{manifest.name}” cannot be prepared: the disk is full or the folder cannot be written."
        raise BundleError(message, repr(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def main(bundle: str, cache: str, connection: Connection, anew: bool) -> None:
    """Entry of the process: answers ``None`` or the error, and gives signs of life until then."""
    leave_interrupts_to_parent()
    answer = HeartbeatSender(connection, on_gone=lambda: os._exit(1))
    try:
        Path(cache).mkdir(parents=True, exist_ok=True)
        silence_tensorflow(Path(cache))
        compile_into_cache(Path(bundle), Path(cache), anew=anew)
        answer.send(None)
    except LeukoScopeError as error:
        answer.send(error)
    except MemoryError as error:
        answer.send(BundleError(NO_MEMORY, repr(error)))
    except OSError as error:
        message = "The models cannot be prepared: the disk is full or the cache folder cannot be written."
        answer.send(BundleError(message, repr(error)))
    except Exception as error:
        logger.exception("compiling failed")
        message = (
            "A model cannot be prepared on this computer. Untick it on the Models page, and send the fault report of "
            "the Help menu to your support."
        )
        answer.send(BundleError(message, repr(error)[:2000]))
    finally:
        answer.close()

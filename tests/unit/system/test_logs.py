"""The log, the terminal and what leaves them: no names of files, no addresses, no words of errors."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from leukoscope.system.logs import without_names

NAME, SECRET = "Müller Anna", "geheim77"


@pytest.mark.parametrize(
    "line",
    [
        f"image refused: FileNotFoundError(2, 'No such file or directory: /data/{NAME}/1.png')",
        f"“{NAME}.png” is damaged or incomplete",
        f"[Errno 2] No such file or directory: '/data/{NAME}/cell 1.png'",
        f'cannot open "C:\\Bilder\\{NAME}\\1.tif"',
        f"written to /home/lab/{NAME}/report.pdf",
        f"'{NAME}.jpg' is not read",
        f"camera rtsp://lab:{SECRET}@10.0.0.7/live?token={SECRET} lost",
        f"http://10.0.0.7/user=admin&password={SECRET}",
    ],
)
def test_names_and_passwords_go(line: str) -> None:
    assert NAME not in without_names(line)
    assert "Anna" not in without_names(line)
    assert SECRET not in without_names(line)


@pytest.mark.parametrize(
    "line",
    [
        "engine ready hybrid",
        "exit code -9",
        "HL7 message not sent: timed out (ConnectionRefusedError(111, 'Connection refused'))",
        "3 of 6 images, 0.5/s",
        "database backed up before a migration from revision 0009",
    ],
)
def test_the_rest_stays(line: str) -> None:
    assert without_names(line) == line


SCRIPT = f"""
import logging, sys, warnings
from pathlib import Path
from leukoscope.system.logs import start_logging
start_logging(Path(sys.argv[1]), verbose=len(sys.argv) > 2)
import cv2, numpy as np, pydicom
from PIL import Image
folder = Path(sys.argv[1]) / "{NAME}"
folder.mkdir()
logging.getLogger("pydicom").warning("Invalid value for VR PN: '{NAME}'")
logging.getLogger("tifffile").error("{NAME}")
warnings.warn("The value '{NAME}' is not valid")
data = pydicom.Dataset()
data.PatientID = "{NAME}" * 20
data.StudyDate = "{NAME}"
cv2.imread(str(folder / "gone.png"))
cv2.VideoCapture(str(folder / "gone.avi")).release()
(folder / "x.avi").write_bytes(b"RIFF0000AVI LIST")
cv2.VideoCapture(str(folder / "x.avi"), cv2.CAP_FFMPEG).release()
(folder / "x.mp4").write_bytes(b"0000ftypisom" + bytes(500))
cv2.VideoCapture(str(folder / "x.mp4"), cv2.CAP_FFMPEG).release()
cv2.VideoCapture("http://lab:{SECRET}@127.0.0.1:9/x?token={SECRET}", cv2.CAP_FFMPEG).release()
try:
    (folder / "gone").read_bytes()
except OSError as error:
    logging.getLogger("leukoscope.x").exception("a file of %s", folder)
    logging.getLogger("leukoscope.x").error("%s", error)
"""


@pytest.mark.parametrize("verbose", [False, True])
def test_no_library_prints_or_logs_a_name(tmp_path: Path, repository: Path, verbose: bool) -> None:
    words = [sys.executable, "-c", SCRIPT, str(tmp_path), *(["verbose"] if verbose else [])]
    result = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, cwd=repository)
    assert result.returncode == 0, result.stderr
    written = "".join(file.read_text(encoding="utf-8") for file in tmp_path.glob("*.log"))
    assert "a file of" in written and "FileNotFoundError" in written
    assert bool(result.stderr) is verbose, result.stderr
    for text in (result.stdout, result.stderr, written):
        assert NAME not in text and SECRET not in text and "Anna" not in text


def test_a_library_without_a_handler_does_not_print(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from leukoscope.system.logs import keep_libraries_quiet

    root, captured = logging.getLogger(), list(logging.getLogger().handlers)
    try:
        keep_libraries_quiet()
        logging.getLogger("somebody").warning(NAME)
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = captured
    assert NAME not in capsys.readouterr().err

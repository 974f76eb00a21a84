"""Orders from a real modality worklist, that of dcmtk."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from leukoscope.domain.cases import CaseHeader, Priority
from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.dicom_worklist import find_orders
from leukoscope.exchange.orders import LabOrder
from tests.lines import silent_server
from tests.tools import tool
from tests.unit.exchange.receivers import wait_for

TITLE, TODAY = "WORKLIST", date.today()


def schedule(
    folder: Path, number: str, day: date = TODAY, patient: str = "Müller^Anna", modality: str = "SM", **more: str
) -> None:
    """Put a step into the worklist."""
    step = Dataset()
    step.Modality, step.ScheduledStationAETitle = modality, "LEUKOSCOPE"
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = f"{day:%Y%m%d}", "080000"
    step.ScheduledProcedureStepDescription, step.ScheduledProcedureStepID = "Smear", "S1"
    one = Dataset()
    one.SpecificCharacterSet = "ISO_IR 192"
    one.AccessionNumber, one.PatientName, one.PatientID = number, patient, "4711"
    one.PatientBirthDate, one.PatientSex = "19700102", "F"
    one.StudyInstanceUID = generate_uid()
    one.RequestedProcedureID, one.RequestedProcedureDescription = f"R{number}", "Differential"
    one.RequestedProcedurePriority = "HIGH"
    one.PlacerOrderNumberImagingServiceRequest = f"P{number}"
    for name, value in more.items():
        setattr(one, name, value)
    one.ScheduledProcedureStepSequence = [step]
    one.file_meta = FileMetaDataset()
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.file_meta.MediaStorageSOPClassUID = UID("1.2.276.0.7230010.3.1.0.1")
    one.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    one.save_as(folder / TITLE / f"{number or 'none'}-{modality}.wl", enforce_file_format=True)


@contextmanager
def worklist(folder: Path, *more: str) -> Iterator[int]:
    """A worklist of dcmtk over the files of a folder; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [tool("wlmscpfs"), "-dfp", str(folder), "-dfr", *more, str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / TITLE).mkdir()
    (tmp_path / TITLE / "lockfile").touch()
    return tmp_path


def ask(port: int, title: str = TITLE, **more: str) -> tuple[LabOrder, ...]:
    found = find_orders("127.0.0.1", port, title, "LEUKOSCOPE", since=TODAY, **more)  # type: ignore[arg-type]
    return tuple(sorted(found.orders, key=lambda one: one.header.number))


@pytest.mark.parametrize("letters", ["-cs0", "-csk"], ids=["no character set", "its own"])
def test_what_is_scheduled_is_an_order(folder: Path, letters: str) -> None:
    schedule(folder, "A1")
    schedule(folder, "A2", TODAY + timedelta(days=3), RequestedProcedurePriority="LOW")
    schedule(folder, "OLD", TODAY - timedelta(days=9))
    schedule(folder, "CT", modality="CT")
    with worklist(folder, letters) as port:
        first, second = ask(port, modality="SM")
        assert {one.header.number for one in ask(port)} == {"A1", "A2", "CT"}
    assert first.header == CaseHeader("A1", "Müller, Anna", patient_id="4711", birth_date="1970-01-02", sex="female")
    assert (first.priority, first.placer, second.priority) == (Priority.URGENT, "PA1", Priority.ROUTINE)


def test_several_steps_of_one_number_are_one_order_and_a_bad_one_costs_itself(folder: Path) -> None:
    schedule(folder, "A1")
    schedule(folder, "A1", modality="GM")
    schedule(folder, "", RequestedProcedureID="", modality="SM")
    schedule(folder, "A3", RequestedProcedurePriority="WHENEVER")
    with worklist(folder) as port:
        found = find_orders("127.0.0.1", port, TITLE, "LEUKOSCOPE", since=TODAY)
    assert [one.header.number for one in found.orders] == ["A1"]
    assert {one.kind for one in found.refused} == {"no number", "priority"}


def test_letters_of_no_character_set_are_not_guessed(folder: Path) -> None:
    schedule(folder, "A1", SpecificCharacterSet="ISO_IR 100")
    with worklist(folder, "-cs0") as port:
        found = find_orders("127.0.0.1", port, TITLE, "LEUKOSCOPE", since=TODAY)
    assert [one.kind for one in found.refused] == ["letters"] and found.orders == ()


def test_an_unknown_title_silence_and_nobody_are_said(folder: Path) -> None:
    with worklist(folder) as port, pytest.raises(ExchangeError):
        ask(port, title="ELSEWHERE")
    with silent_server() as silent, pytest.raises(ExchangeError, match="does not know"):
        find_orders("127.0.0.1", silent, TITLE, "LEUKOSCOPE", since=TODAY, timeout_s=0.5)
    with pytest.raises(ExchangeError, match="cannot be reached"):
        ask(port)

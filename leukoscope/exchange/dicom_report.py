"""DICOM: boxes, labels and probabilities as Comprehensive SR, after template TID 1500 (Measurement Report)."""

from __future__ import annotations

import numpy as np
from highdicom import sr
from pydicom.dataset import Dataset, FileDataset
from pydicom.sr.codedict import codes as known
from pydicom.valuerep import DT

from leukoscope.domain.cases import CaseCell, Decision
from leukoscope.domain.report_status import valid_signature
from leukoscope.exchange import codes
from leukoscope.exchange.codes import OWN_SCHEME, Code
from leukoscope.exchange.dicom_base import (
    IMPLEMENTATION,
    add_study_moments,
    date_time,
    dicom_uid,
    long,
    long_key,
    person_name,
)
from leukoscope.exchange.dicom_differential import differential_group
from leukoscope.exchange.exported_case import ExportedCase

_DIGITS = 4


def structured_report(exported: ExportedCase, images: dict[int, FileDataset]) -> Dataset:
    """What was found in the images of a case.

    Parameters
    ----------
    exported
        The case.
    images
        Key of a Frame in the store -> its DICOM image; at least one.
    """
    cells = [(number, cell) for number, cell in enumerate(exported.case.cells, start=1) if cell.frame_id in images]
    report = sr.MeasurementReport(
        observation_context=_context(exported),
        procedure_reported=_coded(Code("wbc-review", "Review of white blood cells")),
        imaging_measurements=[
            *(_group(exported, number, cell, images[cell.frame_id]) for number, cell in cells),
            *differential_group(exported),
        ]
        or [_no_cells(exported)],
    )
    final, signature = exported.report_status.is_signed, valid_signature(exported.case)
    signer = person_name(signature.name) if signature else ""
    verified = final and bool(signer)
    whole = sr.ComprehensiveSR(
        evidence=list(images.values()),
        content=report,
        series_instance_uid=dicom_uid(exported.uuid("series", "Findings")),
        series_number=2,
        sop_instance_uid=dicom_uid(exported.uuid("findings", exported.made_at.isoformat())),
        instance_number=1,
        manufacturer=exported.software,
        is_complete=final,
        is_final=final,
        is_verified=verified,
        institution_name=long(exported.laboratory) or None,
        verifying_observer_name=signer if verified else None,
        verifying_organization=(long(exported.laboratory) or "not stated") if verified else None,
        series_description="Findings",
    )
    if verified and signature is not None:
        # When the person signed, not when this file was written.
        moment = DT(date_time(exported, signature.at))
        whole.VerifyingObserverSequence[0].VerificationDateTime = moment
    whole.PatientComments = next(iter(images.values())).get("PatientComments", "")
    whole.SoftwareVersions = long(exported.version)
    whole.file_meta.ImplementationClassUID = IMPLEMENTATION
    add_study_moments(whole, exported)
    return whole


def _context(exported: ExportedCase) -> sr.ObservationContext:
    attributes = sr.DeviceObserverIdentifyingAttributes(
        uid=dicom_uid(exported.uuid("observer")),
        name=exported.software,
        manufacturer_name=exported.software,
        model_name=f"{exported.software} {exported.version}",
    )
    device = sr.ObserverContext(observer_type=known.DCM.Device, observer_identifying_attributes=attributes)
    specimen = sr.SubjectContextSpecimen(uid=dicom_uid(exported.uuid("specimen")), identifier=long_key(exported.number))
    subject = sr.SubjectContext(subject_class=known.DCM.Specimen, subject_class_specific_context=specimen)
    return sr.ObservationContext(observer_device_context=device, subject_context=subject)


def _no_cells(exported: ExportedCase) -> sr.MeasurementsAndQualitativeEvaluations:
    """Images without a white cell say so: the template wants at least one measurement, and zero is one."""
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(dicom_uid(exported.uuid("cells")), "All cells"),
        measurements=[sr.Measurement(_coded(codes.CELLS), 0, known.UCUM.NoUnits)],
    )


def _group(
    exported: ExportedCase, number: int, cell: CaseCell, image: FileDataset
) -> sr.PlanarROIMeasurementsAndQualitativeEvaluations:
    """One cell: its box in the image, labels and probabilities."""
    finding, box = cell.finding, cell.finding.cell.box
    right, bottom = box.x + box.width, box.y + box.height
    corners = [(box.x, box.y), (right, box.y), (right, bottom), (box.x, bottom), (box.x, box.y)]
    region = sr.ImageRegion(
        graphic_type=sr.GraphicTypeValues.POLYLINE,
        graphic_data=np.array(corners, dtype=np.float32),
        source_image=sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID),
    )
    labels = [sr.QualitativeEvaluation(_coded(codes.PROGRAM), _coded(codes.LABELS[finding.label]))]
    if finding.naming is not None:
        named = codes.cell_class_code(finding.naming.code)
        labels.append(sr.QualitativeEvaluation(_coded(codes.CELL_CLASS), _coded(named)))
    if cell.decision is not None:
        labels.append(_decided(exported, cell.decision, codes.PERSON, codes.LABELS[cell.decision.label]))
        if cell.decision.code is not None:
            named = codes.cell_class_code(cell.decision.code)
            labels.append(_decided(exported, cell.decision, codes.PERSON_CLASS, named))
    labels += [
        sr.QualitativeEvaluation(
            _coded(Code("unsure-because", "Why the program is unsure")), _coded(Code(reason.value, reason.sentence))
        )
        for reason in finding.unsure
    ]
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(dicom_uid(exported.uuid("cell", cell.id)), f"Cell {number}"),
        referenced_region=region,
        finding_type=_coded(codes.CELL),
        measurements=_probabilities(exported, cell),
        qualitative_evaluations=labels,
    )


def _decided(exported: ExportedCase, decision: Decision, what: Code, value: Code) -> sr.QualitativeEvaluation:
    """What a person said, with who said it and when."""
    evaluation = sr.QualitativeEvaluation(_coded(what), _coded(value))
    properties: list[sr.ContentItem] = []
    if name := person_name(decision.by):
        observer, has = known.DCM.PersonObserverName, sr.RelationshipTypeValues.HAS_PROPERTIES
        properties.append(sr.PnameContentItem(observer, name, relationship_type=has))
    moment = DT(date_time(exported, decision.at))
    properties.append(
        sr.DateTimeContentItem(
            _coded(Code("decided-at", "When the person decided")),
            moment,
            relationship_type=sr.RelationshipTypeValues.HAS_PROPERTIES,
        )
    )
    evaluation[0].ContentSequence = sr.ContentSequence(properties)
    return evaluation


def _probabilities(exported: ExportedCase, cell: CaseCell) -> list[sr.Measurement]:
    name, unit = _coded(codes.PROBABILITY), known.UCUM.NoUnits
    combined, naming = cell.finding.probability, cell.finding.naming
    given = [] if combined is None else [sr.Measurement(name, round(float(combined), _DIGITS), unit)]
    if naming is not None:
        given.append(sr.Measurement(_coded(codes.CLASS_PROBABILITY), round(float(naming.probability), _DIGITS), unit))
    return [
        *given,
        *(
            sr.Measurement(
                name,
                round(float(opinion.probability), _DIGITS),
                unit,
                algorithm_id=sr.AlgorithmIdentification(
                    long(exported.title(opinion.bundle)),
                    long(opinion.bundle.version),
                    [f"SHA-256 {opinion.bundle.sha256}"],
                ),
            )
            for opinion in cell.finding.opinions
        ),
    ]


def _coded(code: Code) -> sr.CodedConcept:
    return sr.CodedConcept(value=code.code, scheme_designator=OWN_SCHEME, meaning=code.meaning[:64])

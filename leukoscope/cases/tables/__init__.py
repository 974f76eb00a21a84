"""What the database holds: one class for each table. All are known to ``Base.metadata`` once this is imported."""

from leukoscope.cases.tables.audit import AuditHeadRow, AuditRow, ErasureRow
from leukoscope.cases.tables.base import HEAD, Base, PlainText
from leukoscope.cases.tables.cases import (
    AmendmentRow,
    BlobRow,
    BundleRow,
    CaseRow,
    CellRow,
    DecisionRow,
    FrameRow,
    NamingRow,
    OpinionRow,
    SignatureRow,
)
from leukoscope.cases.tables.features import ExampleRow, FeatureRow
from leukoscope.cases.tables.mosaic import FieldPlaceRow, SharedCellRow
from leukoscope.cases.tables.people import PersonRow, RuleRow, TokenRow
from leukoscope.cases.tables.queue import QueueRow, WorkerRow
from leukoscope.cases.tables.site import SiteFileRow

__all__ = [
    "HEAD",
    "AmendmentRow",
    "AuditHeadRow",
    "AuditRow",
    "Base",
    "BlobRow",
    "BundleRow",
    "CaseRow",
    "CellRow",
    "DecisionRow",
    "ErasureRow",
    "ExampleRow",
    "FeatureRow",
    "FieldPlaceRow",
    "FrameRow",
    "NamingRow",
    "OpinionRow",
    "PersonRow",
    "PlainText",
    "QueueRow",
    "RuleRow",
    "SharedCellRow",
    "SignatureRow",
    "SiteFileRow",
    "TokenRow",
    "WorkerRow",
]

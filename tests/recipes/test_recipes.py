"""Each recipe of CONTRIBUTING.md is followed on a copy of the program, and its own test run there.

The files that a recipe touches are those that CONTRIBUTING.md names below its heading, at most five.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recipes.copy import ProgramCopy

MOST_FILES = 5


def files_named(text: str, heading: str) -> set[str]:
    """The files in the list below a heading."""
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\d\. `([^`]+)`", part, re.MULTILINE))


@pytest.fixture
def program(repository: Path, tmp_path: Path) -> Iterator[ProgramCopy]:
    """A copy to change."""
    folder = tmp_path / "copy"
    folder.mkdir()
    yield ProgramCopy(repository, folder)


@pytest.fixture(scope="session")
def contributing(repository: Path) -> str:
    """The text with the recipes."""
    return (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")


def check(program: ProgramCopy, contributing: str, heading: str, test: str) -> None:
    """The recipe touched what is written down, and what it made works."""
    named = files_named(contributing, heading)
    assert len(named) <= MOST_FILES
    assert set(program.touched) == named
    program.test(test)


def test_an_export_format(program: ProgramCopy, contributing: str) -> None:
    program.create(
        "leukoscope/workflow/export/markdown.py",
        '''"""A case as a Markdown table."""

from __future__ import annotations

from pathlib import Path

from leukoscope.domain.cases import Case, case_mark


def write_markdown(case: Case, path: Path) -> None:
    """Write one row for each cell of a case."""
    rows = [f"| {frame.source} | {cell.finding.label.value} |" for frame in case.frames for cell in frame.cells]
    head = [f"<!-- {case_mark(case)} -->", "| image | verdict |", "|---|---|"]
    path.write_text("\\n".join([*head, *rows]) + "\\n", encoding="utf-8")
''',
    )
    program.edit(
        "leukoscope/workflow/export/formats.py",
        "FORMATS: tuple[ExportFormat, ...] = (PDF, TABLE,",
        """def _write_markdown(job: ExportJob, path: Path) -> None:
    from leukoscope.workflow.export.markdown import write_markdown

    write_markdown(job.case, path)


MARKDOWN = ExportFormat(
    "markdown",
    ".md",
    "Markdown",
    _write_markdown,
    lambda owner, data: owner.has_markdown(data),
    packed_as="findings.md",
)
FORMATS: tuple[ExportFormat, ...] = (PDF, MARKDOWN, TABLE,""",
    )
    program.edit(
        "leukoscope/workflow/export/ownership.py",
        "    def has_fhir(self",
        '''    def has_markdown(self, data: bytes) -> bool:
        """Whether it is a Markdown table of the case."""
        return case_mark(self._case).encode("ascii") in data

    def has_fhir(self''',
    )
    program.edit(
        "leukoscope/gui/case_actions.py",
        """    Spec(
        "export_fhir",""",
        """    Spec(
        "export_markdown",
        CASE,
        marked("Export Markdown…"),
        marked("Write one row for each cell as Markdown"),
        (),
        "",
        Needs.CASE,
    ),
    Spec(
        "export_fhir",""",
    )
    test = "tests/unit/workflow/export/test_markdown.py"
    program.create(
        test,
        """import zipfile
from pathlib import Path

import pytest

from leukoscope.cli_export import NAMES
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import ReportError
from leukoscope.gui.controllers.exporting import ExportController
from leukoscope.gui.export_queue import ExportQueue
from leukoscope.gui.permissions import ACTS
from leukoscope.workflow.export import formats
from leukoscope.workflow.export.case_export import CaseExport
from tests.unit.gui.harness import Stage
from tests.unit.workflow.export.test_formats import SETTINGS, case_id, casebook


def test_it_is_written_alone_and_in_the_zip_and_replaces_no_file_of_another_case(casebook, case_id, tmp_path):
    export, path = CaseExport(casebook, (), SETTINGS), tmp_path / "case.md"
    export.write(case_id, formats.MARKDOWN, path)
    assert path.read_text(encoding="utf-8").count("field.png") == 3
    export.write(case_id, formats.MARKDOWN, path)
    other = casebook.store.create(CaseHeader("2026/0418"))
    with pytest.raises(ReportError, match="not of this case"):
        export.write(other, formats.MARKDOWN, path)
    export.write(case_id, formats.ZIP, tmp_path / "case.zip")
    assert "findings.md" in zipfile.ZipFile(tmp_path / "case.zip").namelist()


def test_command_line_window_and_permissions_know_it(qtbot):
    assert "markdown" in NAMES and "export_markdown" in ACTS
    stage = Stage()
    assert "export_markdown" in ExportController(stage.session, ExportQueue(stage.bridge)).handlers()
""",
    )
    check(program, contributing, "An export format", test)


def test_a_camera(program: ProgramCopy, contributing: str) -> None:
    program.create(
        "leukoscope/sources/cameras/folder_camera.py",
        '''"""A folder of image files as a camera: for instruments that write files, and for trying things out."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

from leukoscope.domain.errors import CameraError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.cameras.camera import CameraInfo, CameraSetting, SettingName
from leukoscope.sources.decoding import decode_image


class FolderCamera:
    """Gives the images of a folder one after the other, again and again."""

    def __init__(self, info: CameraInfo, folder: Path) -> None:
        self._info = info
        files = sorted(folder.glob("*.png"))
        if not files:
            raise CameraError("There is no image in this folder; choose another one.", "empty folder")
        self._files = cycle(files)

    @property
    def info(self) -> CameraInfo:
        """Which one it is."""
        return self._info

    @property
    def um_per_px(self) -> float | None:
        """Not known."""
        return None

    def settings(self) -> tuple[CameraSetting, ...]:
        """Nothing can be set."""
        return ()

    def change(self, name: SettingName, value: float) -> None:
        """Nothing can be set."""

    def read(self) -> Pixels:
        """The next image."""
        path = next(self._files)
        return decode_image(path.read_bytes(), path.name).pixels

    def close(self) -> None:
        """Nothing is held."""
''',
    )
    program.edit(
        "leukoscope/sources/cameras/camera.py", '    DEMO = "demo"\n', '    DEMO = "demo"\n    FOLDER = "folder"\n'
    )
    program.edit(
        "leukoscope/sources/cameras/catalog.py",
        "    if Path(camera_id).is_file():\n",
        """    if camera_id.startswith("folder:"):
        return CameraInfo(camera_id, Path(camera_id.removeprefix("folder:")).name, CameraKind.FOLDER)
    if Path(camera_id).is_file():
""",
    )
    program.edit(
        "leukoscope/sources/cameras/catalog.py",
        "    if info.kind is CameraKind.DEMO:\n        return DemoCamera()\n",
        """    if info.kind is CameraKind.DEMO:
        return DemoCamera()
    if info.kind is CameraKind.FOLDER:
        from leukoscope.sources.cameras.folder_camera import FolderCamera

        return FolderCamera(info, Path(info.id.removeprefix("folder:")))
""",
    )
    test = "tests/unit/sources/cameras/test_folder_camera.py"
    program.create(
        test,
        """import numpy as np
import pytest
from PIL import Image

from leukoscope.__main__ import main
from leukoscope.domain.errors import CameraError
from leukoscope.sources.cameras.catalog import open_camera
from leukoscope.sources.cameras.reader import CameraReader


def test_it_gives_the_images_of_its_folder(tmp_path, data_home):
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(2):
        Image.fromarray(np.full((480, 640, 3), 100 + number, np.uint8)).save(folder / f"{number}.png")
    camera = open_camera(f"folder:{folder}")
    assert [int(camera.read().max()) for _ in range(3)] == [100, 101, 100]


def test_an_empty_folder_is_said(tmp_path):
    with pytest.raises(CameraError, match="no image"):
        open_camera(f"folder:{tmp_path}")


def test_the_command_line_takes_a_picture(tmp_path, data_home, capsys, monkeypatch):
    Image.fromarray(np.full((480, 640, 3), 100, np.uint8)).save(tmp_path / "a.png")
    monkeypatch.setattr("sys.argv", ["leukoscope", "cameras", "snap"])
    assert main(["cameras", "snap", "--source", f"folder:{tmp_path}", "--out", str(tmp_path / "b.png")]) == 0
    assert "640 x 480" in capsys.readouterr().out
""",
    )
    check(program, contributing, "A camera", test)


def test_a_page(program: ProgramCopy, contributing: str) -> None:
    program.create("leukoscope/gui/statistics/__init__.py", '"""The Statistics page."""\n')
    program.create(
        "leukoscope/gui/statistics/page.py",
        '''"""Statistics: how many cells the open case has."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.page import Page
from leukoscope.gui.widgets.text import label


class StatisticsPage(Page):
    """Shows figures of the open case."""

    name, icon = "statistics", "report"
    needs_case = True

    def __init__(self, case: OpenCase, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._case, self.count = case, label("")
        QVBoxLayout(self).addWidget(self.count)
        case.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.count.setText(self.tr("{0} cells").format(len(self._case.cells)))
''',
    )
    program.edit(
        "leukoscope/gui/composition.py",
        "        self.settings = SettingsPage(bridge)\n",
        "        self.settings = SettingsPage(bridge)\n        self.statistics = StatisticsPage(case)\n",
    )
    program.edit(
        "leukoscope/gui/composition.py",
        "self.models, self.settings\n",
        "self.models, self.settings, self.statistics\n",
    )
    program.edit(
        "leukoscope/gui/composition.py",
        "from leukoscope.gui.settings.page import SettingsPage\n",
        "from leukoscope.gui.settings.page import SettingsPage\nfrom leukoscope.gui.statistics.page import StatisticsPage\n",
    )
    program.edit(
        "leukoscope/gui/cell_actions.py",
        '    Spec("show_models", VIEW,',
        '    Spec("show_statistics", VIEW, marked("Statistics"), marked("Figures of the case"), ("Ctrl+7",), "report"),\n'
        '    Spec("show_models", VIEW,',
    )
    test = "tests/gui/test_statistics.py"
    program.create(
        test,
        """from leukoscope.gui.bridge import Bridge
from leukoscope.gui.compose import compose
from leukoscope.workflow.app_dirs import AppDirs


def test_rail_menu_and_keys_lead_to_it(qtbot, data_home, dark):
    made = compose(Bridge(AppDirs.of_user()))
    qtbot.addWidget(made.window)
    made.actions["show_statistics"].trigger()
    assert made.window.page == "statistics"
    assert made.pages.statistics.count.text() == "0 cells"
    assert made.chrome.case_bar.isVisibleTo(made.window), "it shows the open case, which is named above it"
    assert made.actions["show_statistics"].shortcut().toString() == "Ctrl+7"
    made.actions["show_models"].trigger()
    assert made.window.page == "models"
    made.session.bridge.close()
""",
    )
    check(program, contributing, "A page", test)


def test_a_cell_class(program: ProgramCopy, contributing: str) -> None:
    program.edit("leukoscope/domain/cell_classes.py", 'BLAST = "blast"\n', 'BLAST = "blast"\nPLASMA = "plasma-cell"\n')
    program.edit(
        "leukoscope/domain/cell_classes.py",
        '    CellClass(BLAST, "blast"',
        '    CellClass(PLASMA, "plasma cell", "plasma cells", Family.MONONUCLEAR, "J", "#661100", Glyph.RING),\n'
        '    CellClass(BLAST, "blast"',
    )
    words = '        cell_classes.BLAST: {}("{}"),\n'
    new = '        cell_classes.PLASMA: {}("{}"),\n'
    for path, call, texts in (
        (
            "leukoscope/gui/class_marks.py",
            'translate("CellClasses", ',
            (("blast", "plasma cell"), ("Blasts", "Plasma cells"), ("BLA", "PLA")),
        ),
        ("leukoscope/reports/naming.py", "words(", (("blast", "plasma cell"), ("Blasts", "Plasma cells"))),
    ):
        for before, after in texts:
            line = f'        cell_classes.BLAST: {call}"{before}"),\n'
            program.edit(path, line, line + f'        cell_classes.PLASMA: {call}"{after}"),\n')
    program.edit(
        "leukoscope/gui/cell_actions.py",
        "    cell_classes.BLAST: (",
        '    cell_classes.PLASMA: (marked("Plasma cell"), marked("You say: plasma cell")),\n    cell_classes.BLAST: (',
    )
    test = "tests/unit/domain/test_plasma_cells.py"
    program.create(
        test,
        """from leukoscope.domain.cell_classes import CELL_CLASSES, PLASMA, is_judged_for_leukemia
from leukoscope.domain.labels import named
from leukoscope.gui import class_marks
from leukoscope.gui.actions import SPECS, with_class_keys
from leukoscope.reports.naming import class_name, group_name


def test_every_room_has_its_word_and_it_has_its_key():
    assert is_judged_for_leukemia(PLASMA)
    assert named(PLASMA).code == PLASMA
    assert [spec.keys for spec in SPECS if spec.id == "class_plasma-cell"] == [("J",)]
    assert (class_marks.class_word(PLASMA), class_marks.heading(PLASMA)) == ("plasma cell", "Plasma cells")
    assert class_marks.short_word(PLASMA) == "PLA"
    assert class_name(PLASMA, str) == "plasma cell" and group_name(PLASMA, str) == "Plasma cells"
    keys = {code: one.key for code, one in CELL_CLASSES.items()}
    assert len(set(keys.values())) == len(keys) == len(with_class_keys(keys))
""",
    )
    check(program, contributing, "A cell class", test)


def test_an_explanation_method(program: ProgramCopy, contributing: str) -> None:
    program.edit(
        "leukoscope/domain/map_kinds.py",
        '    HIRES_CAM = "hires-cam", True, True\n',
        '    HIRES_CAM = "hires-cam", True, True\n    GRADIENT = "gradient", True, True\n',
    )
    program.edit(
        "leukoscope/inference/explanations.py",
        "def attention(step: Step, _: Any) -> Any:\n",
        '''def mean_gradient(step: Step, gradient: Any) -> Any:
    """The gradient at each place, averaged over the channels."""
    return tf.reduce_mean(gradient, axis=-1)


def attention(step: Step, _: Any) -> Any:
''',
    )
    program.edit(
        "leukoscope/inference/explanations.py",
        "        ExplanationMethod(MapKind.HIRES_CAM,",
        "        ExplanationMethod(MapKind.GRADIENT, mean_gradient),\n        ExplanationMethod(MapKind.HIRES_CAM,",
    )
    program.edit(
        "leukoscope/inference/original.py",
        "MapKind.HIRES_CAM: _hires_cam}",
        "MapKind.HIRES_CAM: _hires_cam, MapKind.GRADIENT: _gradient}",
    )
    program.edit(
        "leukoscope/inference/original.py",
        "def _attention(layer",
        """def _gradient(activation: Any, gradient: Any) -> Any:
    return tf.einsum("brci->brc", gradient) / activation.shape[-1]


def _attention(layer""",
    )
    test = "tests/unit/inference/test_gradient_maps.py"
    program.create(
        test,
        """from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.graph import compare, convert, original_of
from tests.unit.inference.builders import build
from tests.unit.inference.test_explanations import shown_as
from tests.unit.inference.test_maps import manifest_of


def test_the_graph_agrees_with_a_tape():
    model = build("two-branches")
    manifest = shown_as(MapKind.GRADIENT, manifest_of(model))
    compare(convert(model, manifest), original_of(model, manifest), manifest)
""",
    )
    check(program, contributing, "An explanation method", test)


def test_a_recipe_that_is_not_written_down_is_found(program: ProgramCopy, contributing: str) -> None:
    program.create("leukoscope/gui/statistics/__init__.py", "")
    with pytest.raises(AssertionError):
        check(program, contributing, "A page", "tests")

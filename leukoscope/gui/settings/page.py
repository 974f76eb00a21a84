"""Settings: few, each with a sensible default, each in force at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from leukoscope.domain.objectives import Objective, with_objective
from leukoscope.gui.actions import reserved_keys
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.page import Page
from leukoscope.gui.permissions import hold, kept
from leukoscope.gui.places import start_of
from leukoscope.gui.settings.class_keys_table import ClassKeysTable
from leukoscope.gui.settings.directory_panel import DirectoryPanel
from leukoscope.gui.settings.encryption_panel import EncryptionPanel
from leukoscope.gui.settings.fhir_panel import FhirPanel
from leukoscope.gui.settings.groups import SettingGroups, caption
from leukoscope.gui.settings.help_panel import HelpPanel
from leukoscope.gui.settings.line_choice import LineChoice
from leukoscope.gui.settings.maintenance_panel import MaintenancePanel
from leukoscope.gui.settings.objectives_list import ObjectivesList
from leukoscope.gui.settings.people_panel import PeoplePanel
from leukoscope.gui.settings.report_panel import ReportPanel
from leukoscope.gui.settings.system_panels import SystemPanels
from leukoscope.gui.settings.timestamp_panel import TimestampPanel
from leukoscope.gui.widgets.buttons import PushButton, Segmented
from leukoscope.gui.widgets.text import ElidedLabel, label
from leukoscope.workflow.class_keys import keys_in_force
from leukoscope.workflow.languages import LANGUAGES
from leukoscope.workflow.lines import chosen, line_of
from leukoscope.workflow.permissions import SETTING_ACTS, Act
from leukoscope.workflow.phrases import shipped_phrases
from leukoscope.workflow.settings import Settings

LONGEST = {"address": 500, "logo": 4000, "backup_folder": 4000, "laboratory": 300, "database": 1000}
"""Longest texts of fields, where 120 letters are not enough."""


class SettingsPage(Page):
    """Everything a person can set.

    Signals
    -------
    changed(str)
        Name of the setting that changed; it is saved already.
    """

    name, icon = "settings", "settings"

    changed = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.choices: dict[str, Segmented] = {}
        self.fields: dict[str, QLineEdit] = {}
        self.lines: dict[str, LineChoice] = {}
        self._choosers: dict[str, list[QWidget]] = {}
        self.why_not = label("", "muted", wrap=True)
        self.objectives = ObjectivesList()
        self.objectives.chosen.connect(lambda name: self._save("objective", name))
        self.objectives.kept.connect(self._keep_objective)
        self.objectives.removed.connect(self._forget_objective)
        self.class_keys = ClassKeysTable()
        self.class_keys.chosen.connect(self._keep_class_keys)
        self.systems, self.fhir = SystemPanels(), FhirPanel()
        self.orders, self.worklist, self.commitment = self.systems.panels
        self.report = ReportPanel()
        self.report.kept.connect(self._keep_template)
        self._cases, self._logs = ElidedLabel("", "muted"), ElidedLabel("", "muted")
        self.groups = SettingGroups(self.tr("Settings"))
        self._lay_out()

    def _lay_out(self) -> None:
        groups = self.groups
        groups.add_note(self.why_not)
        self.why_not.hide()
        self._lay_out_workstation()
        self._lay_out_laboratory()
        groups.begin("microscope", self.tr("Microscope"))
        microscope = groups.card(self.tr("Objective in use"))
        microscope.addWidget(caption(self.tr("Objective in use")), 0, 0, Qt.AlignmentFlag.AlignTop)
        microscope.addWidget(self.objectives, 0, 1)
        several = [("sharpest", self.tr("Sharpest depth")), ("joined", self.tr("Sharpest of each place"))]
        self._choice(microscope, 1, "stacks", self.tr("Of several depths of focus"), several)
        control = groups.card(self.tr("Daily control"))
        broken = [("off", self.tr("Nothing")), ("warn", self.tr("Warn")), ("block", self.tr("Block signing"))]
        self._choice(control, 0, "control_rule", self.tr("When a rule is broken"), broken)
        today = [("free", self.tr("Not asked for")), ("wanted", self.tr("Wanted before signing"))]
        self._choice(control, 1, "control_today", self.tr("Control run each day"), today)
        groups.begin("people", self.tr("People"))
        people = groups.card(self.tr("People and signatures"))
        self.people = PeoplePanel(self._bridge)
        people.addWidget(self.people, 0, 0, 1, 2)
        self.directory = DirectoryPanel(self._bridge)
        groups.card(self.tr("Sign-in by the hospital’s directory")).addWidget(self.directory, 0, 0, 1, 2)
        stamped = groups.card(self.tr("Timestamps of the audit trail"))
        self.timestamps = TimestampPanel()
        stamped.addWidget(self.timestamps, 0, 0, 1, 2)
        self._lay_out_others()
        self._lay_out_kept()
        self._lay_out_help()
        groups.end()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(groups)

    def _lay_out_workstation(self) -> None:
        groups = self.groups
        groups.begin("workstation", self.tr("Look and keys"))
        look = groups.card(self.tr("Look"))
        themes = [("dark", self.tr("Dark")), ("light", self.tr("Light")), ("system", self.tr("As the system"))]
        self._choice(look, 0, "theme", self.tr("Theme"), themes)
        palettes = [("inferno", self.tr("Inferno")), ("cividis", self.tr("Cividis"))]
        self._choice(look, 1, "palette", self.tr("Colors of maps"), palettes)
        self._choice(look, 2, "language", self.tr("Language"), self._languages())
        # Their codes step in where the five names do not fit.
        shorts = [self.tr("System"), *(one.upper() for one in LANGUAGES)]
        self.choices["language"].set_choices(self._languages(), shorts=shorts)
        keys = groups.card(self.tr("Keys that name the class of a cell"))
        keys.addWidget(self.class_keys, 0, 0, 1, 2)

    def _lay_out_laboratory(self) -> None:
        self.groups.begin("laboratory", self.tr("Laboratory"))
        lab = self.groups.card(self.tr("Laboratory"))
        self._field(lab, 0, "laboratory", self.tr("Name of the laboratory"), self.tr("Stands on every report"))
        self._field(lab, 1, "operator", self.tr("Your name"), self.tr("Stands on new cases and on your labels"))
        self._choice(lab, 2, "page_size", self.tr("Paper"), [("A4", "A4"), ("Letter", "Letter")])
        self._field(lab, 3, "address", self.tr("Address"), self.tr("Stands below the name; a comma begins a line"))
        self._field(lab, 4, "logo", self.tr("Logo"), "PNG, JPEG, TIFF")
        choose = PushButton(self.tr("Choose picture…"), "", "open")
        choose.clicked.connect(self._choose_logo)
        lab.addWidget(choose, 4, 2)
        self._choosers["logo"] = [choose]
        report = self.groups.card(self.tr("Report"))
        report.addWidget(self.report, 0, 0, 1, 2)

    def _lay_out_others(self) -> None:
        self.groups.begin("systems", self.tr("Other systems"))
        others = self.groups.card(self.tr("Hospital’s system and DICOM archive"))
        self._field(others, 0, "hl7_node", self.tr("Hospital’s system (HL7)"), "lis.hospital:2575")
        self._line(others, 1, "hl7_node", self.tr("Line to the hospital’s system"))
        self._field(others, 2, "hl7_receiver", self.tr("Its name in messages"), "LIS^HOSPITAL")
        self._field(others, 3, "dicom_node", self.tr("DICOM archive"), "ARCHIVE@pacs.hospital:2762")
        self._line(others, 4, "dicom_node", self.tr("Line to the DICOM archive"))
        self._field(others, 5, "dicom_title", self.tr("This workstation’s DICOM title"), "LEUKOSCOPE")
        self._field(
            others, 6, "tls_trusted", self.tr("Trusted certificates"), self.tr("PEM; empty: this computer’s own")
        )
        self._field(others, 7, "tls_own", self.tr("Our certificate and key"), self.tr("PEM; empty: none"))
        for row, name in ((6, "tls_trusted"), (7, "tls_own")):
            button = PushButton(self.tr("Choose file…"), "", "open")
            button.clicked.connect(lambda _on=False, name=name: self._choose_pem(name))
            others.addWidget(button, row, 2)
            self._choosers[name] = [button]
        self.groups.card(self.tr("Storage commitment (DICOM)")).addWidget(self.commitment, 0, 0, 1, 2)
        self.groups.card(self.tr("FHIR server")).addWidget(self.fhir, 0, 0, 1, 2)
        self.fields |= self.fhir.fields
        self._choosers |= {name: [button] for name, button in self.fhir.choosers.items()}
        self.fhir.written.connect(self._save)
        self.fhir.choice_wanted.connect(self._choose_pem)
        self.groups.card(self.tr("Orders that come by themselves")).addWidget(self.orders, 0, 0, 1, 2)
        self.groups.card(self.tr("DICOM worklist")).addWidget(self.worklist, 0, 0, 1, 2)

    def _lay_out_kept(self) -> None:
        self.groups.begin("kept", self.tr("Cases and backups"))
        card = self.groups.card(self.tr("Where things are kept"))
        card.addWidget(caption(self.tr("Cases and models")), 0, 0)
        card.addWidget(self._cases, 0, 1)
        card.addWidget(caption(self.tr("Log, without patient data")), 1, 0)
        card.addWidget(self._logs, 1, 1)
        self._field(card, 2, "database", self.tr("Shared database"), "postgresql://user:password@host/leukoscope")
        self.fields["database"].setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        self._line(card, 3, "database", self.tr("Line to the shared database"))
        self._note(card, 4, self.tr("Empty keeps cases on this computer. A change counts from the next start."))
        self._field(
            card,
            5,
            "backup_folder",
            self.tr("Second place for backups"),
            self.tr("Folder on a drive or share; may be empty"),
        )
        choose = PushButton(self.tr("Choose folder…"), "", "open")
        choose.clicked.connect(self._choose_backup_folder)
        card.addWidget(choose, 5, 2)
        self._choosers["backup_folder"] = [choose]
        self._note(card, 6, self.tr("A daily copy goes there, with all images; it is encrypted where the cases are."))
        kept_by_hand = self.groups.card(self.tr("Backup, check and restore"))
        self.maintenance = MaintenancePanel()
        kept_by_hand.addWidget(self.maintenance, 0, 0, 1, 2)
        sealed = self.groups.card(self.tr("Encryption on this computer’s disk"))
        self.encryption = EncryptionPanel(self._bridge)
        sealed.addWidget(self.encryption, 0, 0, 1, 2)

    def _lay_out_help(self) -> None:
        self.groups.begin("help", self.tr("Help"))
        helps = self.groups.card(self.tr("Help"))
        self.help = HelpPanel()
        helps.addWidget(self.help, 0, 0, 1, 2)

    def _note(self, grid: QGridLayout, row: int, text: str) -> None:
        grid.addWidget(label(text, "small", wrap=True), row, 1)

    def _choice(self, grid: QGridLayout, row: int, name: str, text: str, choices: list[tuple[str, str]]) -> None:
        segmented = Segmented(text)
        segmented.set_choices(choices)
        segmented.chosen.connect(lambda key: self._save(name, key))
        grid.addWidget(caption(text), row, 0)
        grid.addWidget(segmented, row, 1, Qt.AlignmentFlag.AlignLeft)
        self.choices[name] = segmented

    def _field(self, grid: QGridLayout, row: int, name: str, text: str, hint: str) -> None:
        edit = QLineEdit()
        edit.setAccessibleName(text)
        edit.setPlaceholderText(hint)
        edit.setMaxLength(LONGEST.get(name, 120))
        edit.editingFinished.connect(lambda: self._save(name, edit.text().strip()))
        before = caption(text)
        before.setBuddy(edit)
        grid.addWidget(before, row, 0)
        grid.addWidget(edit, row, 1)
        self.fields[name] = edit

    def _line(self, grid: QGridLayout, row: int, name: str, text: str) -> None:
        choice = LineChoice(text)

        def choose(encrypted: bool) -> None:
            self._save(name, chosen(self._bridge.bench.settings.current, name, encrypted))

        choice.chosen.connect(choose)
        grid.addWidget(choice, row, 1)
        self.lines[name] = choice

    def _languages(self) -> list[tuple[str, str]]:
        return [("system", self.tr("As the system")), *LANGUAGES.items()]

    def _choose_logo(self) -> None:
        kinds = "PNG, JPEG, TIFF (*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp)"
        start = start_of(self, self.fields["logo"].text())
        self._keep_path("logo", QFileDialog.getOpenFileName(self, self.tr("Logo"), start, kinds)[0])

    def _choose_backup_folder(self) -> None:
        start = start_of(self, self.fields["backup_folder"].text())
        title = self.tr("Second place for backups")
        self._keep_path("backup_folder", QFileDialog.getExistingDirectory(self, title, start))

    def _choose_pem(self, name: str) -> None:
        start, kinds = start_of(self, self.fields[name].text()), "PEM (*.pem *.crt *.cer *.key);;* (*)"
        title = self.fields[name].accessibleName()
        self._keep_path(name, QFileDialog.getOpenFileName(self, title, start, kinds)[0])

    def _keep_path(self, name: str, path: str) -> None:
        if path:
            self.fields[name].setText(path)
            self._save(name, path)

    def show_settings(self, settings: Settings) -> None:
        """Show what is set."""
        for name, segmented in self.choices.items():
            segmented.choose(getattr(settings, name))
        for name, edit in self.fields.items():
            if edit.text().strip() != getattr(settings, name):
                edit.setText(getattr(settings, name))
        for name, choice in self.lines.items():
            choice.show_line(line_of(settings, name))
        self.objectives.show_objectives(settings.objectives, settings.objective)
        self.class_keys.show_keys(keys_in_force(settings.class_keys, reserved_keys()))
        self.report.show_template(
            settings.report_blocks, settings.report_appendix, settings.phrases, shipped_phrases(settings)
        )
        self.people.refresh()
        self.directory.refresh()
        self.encryption.refresh()
        self.systems.show_settings(settings)
        self.timestamps.show_authority(settings.timestamp_address, settings.timestamp_trusted)
        self.apply_permissions()
        home = self._bridge.bench.home
        self._cases.setText(str(home.data))
        self._logs.setText(str(home.logs))

    def focus_target(self) -> QWidget:
        """The field that finds a setting."""
        return self.groups.search

    def write_objective(self) -> None:
        """Let a person write the scale of an objective."""
        self.groups.go_to("microscope")
        self.objectives.form.begin(False)

    def save_fields(self) -> None:
        """Save what is being typed."""
        for name, edit in self.fields.items():
            if edit.isModified():
                self._save(name, edit.text().strip())
        self.timestamps.save_fields()
        self.systems.save_fields()
        self.report.save_phrases()

    def _save(self, name: str, value: str) -> None:
        if self._bridge.is_open and getattr(self._bridge.bench.settings.current, name) != value:
            well = kept(self._bridge, lambda bench: bench.settings.save(**{name: value}))
            self.show_settings(self._bridge.bench.settings.current)
            if well:
                self.changed.emit(name)

    def _keep_objective(self, one: Objective) -> None:
        self._change(lambda now: replace(now, objectives=with_objective(now.objectives, one), objective=one.name))

    def _forget_objective(self, name: str) -> None:
        def without(now: Settings) -> Settings:
            return replace(now, objectives=tuple(one for one in now.objectives if one.name != name), objective="")

        self._change(without)

    def _keep_template(self, chosen: dict[str, Any]) -> None:
        self._change(lambda now: replace(now, **chosen), next(iter(chosen)))

    def _keep_class_keys(self, chosen: dict[str, str]) -> None:
        self._change(lambda now: replace(now, class_keys=chosen), "class_keys")

    def _change(self, change: Callable[[Settings], Settings], name: str = "objective") -> None:
        well = kept(self._bridge, lambda bench: bench.settings.change(change))
        self.show_settings(self._bridge.bench.settings.current)
        if well:
            self.changed.emit(name)

    def apply_permissions(self) -> None:
        """Let nobody change what they may not; the page says why."""
        for name, widget in (*self.fields.items(), *self.choices.items(), *self.lines.items()):
            if (act := SETTING_ACTS[name]) is not None:
                hold(self._bridge, act, widget, *self._choosers.get(name, ()))
        hold(self._bridge, SETTING_ACTS["objectives"] or Act.LOOK, self.objectives)
        hold(self._bridge, SETTING_ACTS["class_keys"] or Act.LOOK, self.class_keys)
        hold(self._bridge, SETTING_ACTS["report_blocks"] or Act.SET_UP, self.report)
        hold(self._bridge, Act.PEOPLE, self.people, self.directory)
        hold(self._bridge, Act.ENCRYPT, self.encryption)
        hold(self._bridge, SETTING_ACTS["timestamp_address"] or Act.SET_UP, self.timestamps)
        hold(self._bridge, SETTING_ACTS["orders_node"] or Act.SET_UP, *self.systems.held)
        hold(self._bridge, Act.BACK_UP, self.maintenance.backup)
        hold(self._bridge, Act.RESTORE, self.maintenance.restore, self.maintenance.put_back)
        why = said(self._bridge.bench.operator.why_not(Act.SET_UP))
        self.why_not.setText(why)
        self.why_not.setVisible(bool(why))

"""Every public method of the workbench's parts: which act calling it is, and how it is called on a scene."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from leukoscope.domain.box_edits import Change
from leukoscope.domain.cases import CaseHeader, CaseQuery, Priority
from leukoscope.domain.cell_classes import BLAST
from leukoscope.domain.cells import Box
from leukoscope.domain.directory import Directory
from leukoscope.domain.errors import BundleError, ControlError, RereadError, SettingsError, StoreError
from leukoscope.domain.feeding import Feeding
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.labels import named
from leukoscope.domain.people import Role, Rules
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.rereads import Whose
from leukoscope.exchange.orders import LabOrder
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.export import formats
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.workbench import Workbench
from tests.unit.workflow.scene import PASSWORD, REASON, Scene

Call = Callable[[Scene, Workbench], object]
PIXELS = np.zeros((20, 20, 3), np.uint8)
ORIGIN = FrameOrigin(OriginKind.CLIPBOARD, "Pasted")
NONE_SENT = "nothing of this name"


def _send(scene: Scene, bench: Workbench) -> None:
    bench.delivery.send(bench.exports._case_export(), scene.case_id, Channel.HL7, lambda _: None, CancelToken())


def _where_possible(call: Callable[[Workbench], object]) -> Call:
    """Who may is told that there is no key yet, or that a server has the cases, by another error than who may not."""

    def run(_scene: Scene, bench: Workbench) -> None:
        with suppress(StoreError):
            call(bench)

    return run


def _where_control_waits(call: Call) -> Call:
    """Another run can be under way; it ends by itself: there is nothing to measure."""

    def run(scene: Scene, bench: Workbench) -> None:
        with suppress(ControlError):
            call(scene, bench)
        bench._jobs.wait()

    return run


def _where_cells_are(call: Call) -> Call:
    """Nothing was decided that could be read once more; who may is told so by another error than who may not."""

    def run(scene: Scene, bench: Workbench) -> None:
        with suppress(RereadError):
            call(scene, bench)

    return run


def _write_sheet(scene: Scene, bench: Workbench) -> None:
    """Where nothing was measured there is nothing to print."""
    with suppress(ControlError):
        bench.control.write_sheet("Basler 100x", "2020-01", scene.out / "sheet.pdf")


def _find_similar(scene: Scene, bench: Workbench) -> None:
    """There is no model here: who may is told so, by another error than who may not."""
    with suppress(BundleError):
        bench.similar.find(scene.frame, scene.frame.cells[0])


def _own(bench: Workbench) -> int:
    person = bench.operator.person
    return 0 if person is None else person.id


def _try_directory(_: Scene, bench: Workbench) -> None:
    with suppress(SettingsError):
        bench.operator.try_directory(Directory())


def _hand_over(scene: Scene, bench: Workbench) -> None:
    bench.operator.give_to_directory(scene.spare.id, scene.fresh())
    bench.operator.take_back(scene.spare.id, PASSWORD)


CALLS: dict[str, tuple[Act, Call]] = {
    "capture.read_label": (Act.CAPTURE, lambda s, b: b.capture.read_label(PIXELS)),
    "maintenance.try_line": (Act.SET_UP, _where_possible(lambda b: b.maintenance.try_line("database"))),
    "maintenance.back_up": (
        Act.BACK_UP,
        lambda s, b: b.maintenance.back_up(s.out / "all.zip", lambda _d, _n: None, CancelToken()),
    ),
    "maintenance.check": (Act.CHECK, lambda s, b: b.maintenance.check(lambda _d, _n: None, CancelToken())),
    "maintenance.look_at": (Act.RESTORE, _where_possible(lambda b: b.maintenance.look_at(Path("none.zip")))),
    "maintenance.prepare_restore": (Act.RESTORE, lambda s, b: b.maintenance.prepare_restore(s.out / "none.zip")),
    "control.keep": (Act.CONTROL, lambda s, b: b.control.keep("Basler 100x", {"light": 214.0}, 5)),
    "control.exclude": (Act.CONTROL_EXCLUDE, lambda s, b: b.control.exclude(0, REASON)),
    "control.all": (Act.SEE_CONTROL, lambda s, b: b.control.all()),
    "rereads.begin": (Act.REREAD, _where_cells_are(lambda s, b: b.rereads.begin(Whose.OTHERS, 500))),
    "rereads.join": (Act.REREAD, _where_cells_are(lambda s, b: b.rereads.join(0))),
    "rereads.answer": (Act.REREAD, _where_cells_are(lambda s, b: b.rereads.answer(0, named(BLAST)))),
    "rereads.cell_pixels": (Act.SEE, _where_cells_are(lambda s, b: b.rereads.cell_pixels(0))),
    "rereads.all": (Act.SEE_REREADS, lambda s, b: b.rereads.all()),
    "rereads.figures": (Act.SEE_REREADS, lambda s, b: b.rereads.figures()),
    "control.standing": (Act.SEE_CONTROL, lambda s, b: b.control.standing()),
    "control.overview": (Act.SEE_CONTROL, lambda s, b: b.control.overview()),
    "control.measure": (Act.CONTROL, _where_control_waits(lambda s, b: b.control.measure("Basler 100x", [s.out]))),
    "control.measure_taken": (Act.CONTROL, _where_control_waits(lambda s, b: b.control.measure_taken("Basler", []))),
    "control.write_sheet": (Act.SEE_CONTROL, _write_sheet),
    "site.count_cells": (Act.TEACH, lambda s, b: b.site.count_cells(s.out)),
    "site.teach": (Act.TEACH, lambda s, b: b.site.teach(s.out, "our-lab", 0.95)),
    "site.evaluate": (Act.TEACH, lambda s, b: b.site.evaluate(s.out, "our-lab", locked=True)),
    "site.challenge": (Act.TEACH, lambda s, b: b.site.challenge(s.out, "our-lab")),
    "site.export_cells": (Act.EXPORT_CELLS, lambda s, b: b.site.export_cells(s.out / "cells", "folder")),
    "site.corrections": (Act.SEE_LIST, lambda s, b: b.site.corrections()),
    "site.profiles": (Act.SEE_LIST, lambda s, b: b.site.profiles()),
    "site.activate": (Act.SITE, lambda s, b: b.site.activate("our-lab", REASON)),
    "site.retire": (Act.SITE, lambda s, b: b.site.retire(REASON)),
    "site.go_back": (Act.SITE, lambda s, b: b.site.go_back()),
    "site.export": (Act.SITE, lambda s, b: b.site.export("our-lab", s.out)),
    "site.take": (Act.SITE, lambda s, b: b.site.take(s.out / "none.site")),
    "similar.find": (Act.SEE, _find_similar),
    "similar.rank": (Act.SEE, lambda s, b: b.similar.rank(s.case_id)),
    "similar.read_all": (Act.SEE, lambda s, b: b.similar.read_all()),
    "similar.examples": (Act.SEE, lambda s, b: b.similar.examples()),
    "similar.keep_example": (Act.LABEL, _where_possible(lambda b: b.similar.keep_example(1))),
    "similar.remove_example": (Act.LABEL, lambda s, b: b.similar.remove_example(s.frame.cells[0].id)),
    "cases.create": (Act.NEW_CASE, lambda s, b: b.cases.create(CaseHeader(s.fresh()))),
    "cases.open_demo": (Act.NEW_CASE, lambda s, b: b.cases.open_demo()),
    "cases.open_number": (Act.NEW_CASE, lambda s, b: b.cases.open_number(s.fresh())),
    "cases.take_order": (Act.IMPORT_ORDERS, lambda s, b: b.cases.take_order(LabOrder(CaseHeader(s.fresh())))),
    "cases.version": (Act.SEE, lambda s, b: b.cases.version(s.case_id)),
    "cases.import_orders": (Act.IMPORT_ORDERS, lambda s, b: b.cases.import_orders(s.list)),
    "cases.set_priority": (
        Act.PRIORITY,
        lambda s, b: b.cases.set_priority(s.case_id, Priority.STAT),
    ),
    "cases.update_header": (
        Act.HEADER,
        lambda s, b: b.cases.update_header(s.case_id, CaseHeader("1", s.fresh())),
    ),
    "cases.remove_frame": (Act.IMAGES, lambda s, b: b.cases.remove_frame(s.case_id, s.frame.id)),
    "cases.restore_frame": (Act.IMAGES, lambda s, b: b.cases.restore_frame(s.case_id, s.frame.id)),
    "cases.put_away": (Act.PUT_AWAY, lambda s, b: b.cases.put_away(s.other)),
    "cases.bring_back": (Act.PUT_AWAY, lambda s, b: b.cases.bring_back(s.other)),
    "cases.erase": (Act.ERASE, lambda s, b: b.cases.erase(s.victim(), REASON)),
    "judging.decide_many": (
        Act.LABEL,
        lambda s, b: b.judging.decide_many({s.frame.cells[0].id: named(BLAST)}, {s.frame.cells[0].id: None}),
    ),
    "judging.comment": (Act.LABEL, lambda s, b: b.judging.comment(s.frame.cells[0].id, s.fresh())),
    "judging.decide": (Act.LABEL, lambda s, b: b.judging.decide(s.frame.cells[0].id, Label.HEALTHY)),
    "judging.draw_cell": (Act.CELLS, lambda s, b: b.judging.draw_cell(s.case_id, s.frame, Box(0, 0, 30, 30))),
    "judging.change_box": (
        Act.CELLS,
        lambda s, b: b.judging.change_box(s.case_id, s.frame, s.frame.cells[0].id, Box(0, 0, 30, 30)),
    ),
    "judging.split_cell": (
        Act.CELLS,
        lambda s, b: b.judging.split_cell(s.case_id, s.frame, s.frame.cells[0].id, ((0, 0), (9, 9))),
    ),
    "judging.merge_cells": (Act.CELLS, lambda s, b: b.judging.merge_cells(s.case_id, s.frame, [])),
    "judging.exchange_cells": (Act.CELLS, _where_possible(lambda b: b.judging.exchange_cells([0], [0], Change.BOX))),
    "judging.remove_cell": (Act.CELLS, lambda s, b: b.judging.remove_cell(s.frame.cells[1].id)),
    "judging.restore_cell": (Act.CELLS, lambda s, b: b.judging.restore_cell(s.frame.cells[1].id)),
    "judging.count_once": (
        Act.CELLS,
        lambda s, b: b.judging.count_once({s.frame.cells[1].id: s.frame.cells[0].id}),
    ),
    "judging.restore_cells": (Act.CELLS, lambda s, b: b.judging.restore_cells([s.frame.cells[1].id])),
    "capture.add_paths": (Act.ADD_IMAGES, lambda s, b: b.capture.add_paths(s.case_id, [s.out / "none.png"])),
    "capture.add_pixels": (Act.ADD_IMAGES, lambda s, b: b.capture.add_pixels(s.case_id, PIXELS, ORIGIN)),
    "capture.add_file": (Act.ADD_IMAGES, lambda s, b: b.capture.add_file(s.case_id, s.fresh().encode(), "a.png")),
    "capture.add_pasted": (Act.ADD_IMAGES, lambda s, b: b.capture.add_pasted(s.case_id, b"no image", ORIGIN)),
    "capture.take_twice": (Act.ADD_IMAGES, lambda s, b: b.capture.take_twice(s.case_id, [])),
    "capture.live_judgement": (
        Act.CAPTURE,
        lambda s, b: b.capture.live_judgement(lambda _: None, lambda _: None).close(),
    ),
    "judging.set_scale": (Act.JUDGE_AGAIN, lambda s, b: b.judging.set_scale(s.case_id, [], 0.1)),
    "judging.judge_again": (Act.JUDGE_AGAIN, lambda s, b: b.judging.judge_again(s.case_id, [])),
    "judging.take_again_back": (Act.JUDGE_AGAIN, lambda s, b: b.judging.take_again_back(s.case_id, [])),
    "judging.resume": (Act.QUEUE, lambda s, b: b.judging.resume(s.case_id)),
    "judging.cancel": (Act.QUEUE, lambda s, b: b.judging.cancel()),
    "judging.remove_waiting": (Act.IMAGES, lambda s, b: b.judging.remove_waiting(s.case_id, [])),
    "judging.restore_waiting": (Act.IMAGES, lambda s, b: b.judging.restore_waiting(s.case_id, [])),
    "exports.write_deidentified": (
        Act.EXPORT,
        lambda s, b: b.exports.write_deidentified(s.case_id, s.out / "nobody.zip"),
    ),
    "exports.preview": (Act.EXPORT, lambda s, b: b.exports.preview(s.case_id)),
    "exports.report": (Act.EXPORT, lambda s, b: b.exports.report(s.case_id)),
    "exports.fhir_records": (Act.EXPORT, lambda s, b: b.exports.fhir_records(s.case_id)),
    "exports.for_print": (Act.EXPORT, lambda s, b: b.exports.for_print(s.case_id)),
    "exports.image_copied": (Act.EXPORT, lambda s, b: b.exports.image_copied(s.case_id)),
    "exports.write_image": (
        Act.EXPORT,
        lambda s, b: b.exports.write_image(s.case_id, s.out / "image.png", lambda: b"as it is shown"),
    ),
    "exports.printed": (Act.EXPORT, lambda s, b: b.exports.printed(s.case_id)),
    "encryption.new_key": (Act.ENCRYPT, _where_possible(lambda b: b.encryption.new_key())),
    "encryption.prepare_on": (Act.ENCRYPT, _where_possible(lambda b: b.encryption.prepare_on())),
    "encryption.prepare_off": (Act.ENCRYPT, _where_possible(lambda b: b.encryption.prepare_off())),
    "exports.write": (Act.EXPORT, lambda s, b: b.exports.write(s.case_id, formats.TABLE, s.out / "case.csv")),
    "exports.send": (Act.SEND, lambda s, b: b.exports.send(s.case_id, Channel.HL7)),
    "settings.save": (Act.LOOK, lambda s, b: b.settings.save(operator=s.fresh())),
    "settings.change": (
        Act.SET_UP,
        lambda s, b: b.settings.change(lambda now: replace(now, laboratory=s.fresh())),
    ),
    "signing.mark_reviewed": (Act.REVIEW, lambda s, b: b.signing.mark_reviewed(s.case_id)),
    "signing.sign": (Act.SIGN, lambda s, b: b.signing.sign(s.case_id, "Ana", "Reviewed", PASSWORD)),
    "signing.amend": (Act.AMEND, lambda s, b: b.signing.amend(s.case_id, "Wrong stain")),
    "cases.search": (Act.SEE_LIST, lambda s, b: b.cases.search()),
    "cases.find": (Act.SEE_LIST, lambda s, b: b.cases.find(CaseQuery(), 10)),
    "cases.load": (Act.SEE, lambda s, b: b.cases.load(s.case_id)),
    "cases.frame": (Act.SEE, lambda s, b: b.cases.frame(s.frame)),
    "cases.cell": (Act.SEE, lambda s, b: b.cases.cell(s.case_id, s.frame.cells[0].id)),
    "cases.image": (Act.SEE, lambda s, b: b.cases.image(s.case_id, s.frame.id)),
    "cases.outline": (Act.SEE, lambda s, b: b.cases.outline(s.case_id)),
    "cases.cell_image": (Act.SEE, lambda s, b: b.cases.cell_image(s.frame, s.frame.cells[0])),
    "judging.waiting": (Act.SEE, lambda s, b: b.judging.waiting(s.case_id)),
    "cases.holding_backups": (Act.SEE, lambda s, b: b.cases.holding_backups(s.case_id)),
    "signing.checklist": (Act.SEE, lambda s, b: b.signing.checklist(s.case_id)),
    "signing.audit": (Act.SEE_TRAIL, lambda s, b: b.signing.audit(s.case_id)),
    "signing.verify_audit": (Act.SEE_TRAIL, lambda s, b: b.signing.verify_audit()),
    "delivery.messages": (Act.SEE_OUTBOX, lambda s, b: b.delivery.messages()),
    "delivery.follow_settings": (Act.SEE_OUTBOX, lambda s, b: b.delivery.follow_settings()),
    "operator.people": (Act.SEE_PEOPLE, lambda s, b: b.operator.people()),
    "signing.export_audit": (Act.EXPORT_TRAIL, lambda s, b: b.signing.export_audit(s.out / "trail.csv")),
    "models.choose": (Act.MODELS, lambda s, b: b.models.choose(["none"])),
    "models.go_back": (Act.MODELS, lambda s, b: b.models.go_back("none")),
    "models.install": (
        Act.MODELS,
        lambda s, b: b.models.install(s.list, ("healthy", "leukemic"), None, Feeding()),
    ),
    "models.propose": (
        Act.MODELS,
        lambda s, b: b.models.propose(s.list, ("healthy", "leukemic"), None, None),
    ),
    "versions.cases": (Act.SEE_LIST, lambda s, b: b.versions.cases("hybrid")),
    "versions.compare": (Act.TEACH, lambda s, b: b.versions.compare("hybrid", "hybrid", s.out)),
    "models.remove": (Act.MODELS, lambda s, b: b.models.remove("none")),
    "delivery.send": (Act.SEND, _send),
    "delivery.take_back": (Act.PUT_AWAY, lambda s, b: b.delivery.take_back(s.other)),
    "delivery.retry": (Act.SEND, lambda s, b: b.delivery.retry(NONE_SENT)),
    "delivery.cancel": (Act.SEND, lambda s, b: b.delivery.cancel(NONE_SENT)),
    "operator.set_rules": (
        Act.RULES,
        lambda s, b: b.operator.set_rules(Rules(b.operator.rules.accounts, False, 10 + s.count % 2)),
    ),
    "operator.add": (Act.PEOPLE, lambda s, b: b.operator.add(s.fresh(), Role.TECHNICIAN, PASSWORD)),
    "operator.change": (Act.PEOPLE, lambda s, b: b.operator.change(s.spare.id, role=Role.REVIEWER)),
    "operator.set_password": (Act.PEOPLE, lambda s, b: b.operator.set_password(s.spare.id, PASSWORD)),
    "operator.directory": (Act.SEE_PEOPLE, lambda s, b: b.operator.directory()),
    "operator.set_directory": (Act.RULES, lambda s, b: b.operator.set_directory(Directory(trusted=s.fresh()))),
    "operator.try_directory": (Act.RULES, _try_directory),
    "operator.give_to_directory": (Act.PEOPLE, _hand_over),
    "operator.take_back": (Act.PEOPLE, _hand_over),
    "operator.issue_token": (Act.PEOPLE, lambda s, b: b.operator.issue_token(s.spare.id, 1)),
    "operator.revoke_token": (Act.PEOPLE, lambda s, b: b.operator.revoke_token(s.foreign_token)),
    "operator.tokens": (Act.OWN_TOKEN, lambda s, b: b.operator.tokens()),
    "own password": (Act.OWN_PASSWORD, lambda s, b: b.operator.set_password(_own(b), PASSWORD)),
    "own token": (Act.OWN_TOKEN, lambda s, b: b.operator.revoke_token(b.operator.issue_token(_own(b), 1)[1].id)),
    "stamps.set_address": (Act.SET_UP, lambda s, b: b.stamps.set_address("")),
    "stamps.set_trusted": (Act.SET_UP, lambda s, b: b.stamps.set_trusted("")),
    "stamps.try_it": (Act.SET_UP, lambda s, b: b.stamps.try_it()),
}
FREE = {
    # The life of the program, what it remembers about its window, and stopping what one waits for oneself.
    # A seat is nobody's yet; that it was called is told by the program itself.
    "seats", "tell_calls",
    "start", "close", "listen", "settings.remember", "judging.wait_idle", "judging.trouble", "stop", "cases.hold",
    "settings.current", "settings.followed", "settings.forget_paths", "delivery",
    "delivery.close", "operator.lock",
    # Of models and of encryption, which tell of no patient.
    "models.installed", "models.chosen", "models.speaking", "models.look", "models.verify", "models.needs_reason",
    "encryption.state",
    # What another workstation has put in force is looked for by the program itself.
    "site.stop", "site.stop_export", "site.bring", "control.stop",
    "similar.stop", "similar.stop_ranking", "versions.stop",
    # Messages of a case whose rows are gone already: also done by the program itself, after it was killed in between.
    "delivery.erase",
    # Taking the place asks for a password or token itself; without accounts a name is enough.
    "operator.sign_in", "operator.sign_in_by_token", "operator.confirm", "operator.say_name", "operator.turn_on",
    "operator.turn_on_with_new",
    # Who is here, and what they may do.
    "operator.person", "operator.is_open", "operator.name", "operator.needs_name", "operator.decider",
    "operator.present_today", "operator.may",
    "operator.why_not", "operator.require", "operator.look", "operator.doing", "operator.bound", "operator.asked",
    "operator.new_administrator",
}  # fmt: skip
MADE_UP = {"own password", "own token"}

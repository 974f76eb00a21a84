"""Networks and figures of shape judge side by side, in the order asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openvino as ov
import pytest

from leukoscope.domain.cells import Box, CellImage, View
from leukoscope.domain.cuts import Cutting
from leukoscope.domain.errors import BundleError, CancelledError
from leukoscope.domain.feeding import PRESETS, Feeding
from leukoscope.domain.findings import BundleId, Naming
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.quality import QualityReport
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.imaging.morphology import measure
from leukoscope.imaging.views import view_of
from leukoscope.inference.decision import decide, networks_share
from leukoscope.inference.graph_cache import GRAPH_FILE, graph_folder
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.library import BundleLibrary, InstalledBundle
from leukoscope.inference.manifest import write_manifest
from leukoscope.inference.opinions import LOGIT, map_output
from leukoscope.inference.preprocessing import model_input, seen_box
from leukoscope.inference.runner import COMPILE_OPTIONS
from leukoscope.inference.shape_opinion import shape_opinion
from leukoscope.sources.demo import demo_field
from leukoscope.workflow.analyze import analyze
from leukoscope.workflow.images import png_source
from leukoscope.workflow.map_overlays import visible_part
from leukoscope.workflow.model_panel import ModelPanel, make_panel, with_shape
from tests.unit.inference.test_shape_opinion import manifest_of


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> InstalledBundle:
    folder = tmp_path_factory.mktemp("bundles") / "morphology"
    folder.mkdir()
    write_manifest(manifest_of(), folder)
    return BundleLibrary(folder.parent, folder.parent / "none").get("morphology")


@pytest.fixture(scope="module")
def panel(small_bundles: Path, small_graphs: Path, shapes: InstalledBundle) -> Iterator[ModelPanel]:
    networks = BundleLibrary(small_bundles, small_bundles / "none").list()
    panel = make_panel((*networks, shapes), small_graphs)
    yield panel
    panel.close()


@pytest.fixture(scope="module")
def images() -> list[CellImage]:
    field = demo_field()
    return [cut_out(field, cell) for cell in localize(field, View.FIELD)]


def test_every_bundle_speaks_in_the_order_asked_for(panel: ModelPanel, images: list[CellImage]) -> None:
    assert [one.manifest.name for one in panel.networks] == ["ensemble", "hybrid"]
    for names in (None, ("morphology", "hybrid"), ("morphology",), ("ensemble",)):
        expected = names or ("ensemble", "hybrid", "morphology")
        answers = [judgement.opinions for judgement in panel.judge(images, bundles=names)]
        assert len(answers) == len(images)
        assert {tuple(one.bundle.name for one in opinions) for opinions in answers} == {tuple(expected)}


def test_figures_are_those_of_their_own_cell(panel: ModelPanel, images: list[CellImage]) -> None:
    for image, judgement in zip(images, panel.judge(images), strict=True):
        opinions = judgement.opinions
        expected = shape_opinion(panel.bundles[-1].manifest, measure(image))
        assert opinions[-1].figures == expected.figures
        assert opinions[-1].probability == expected.probability


FED: dict[str, Feeding] = {
    "surroundings": PRESETS["caffe"].of(Feeding(Cutting.KEPT, 600, 560, "bilinear")),
    "whole-field": Feeding(Cutting.WHOLE, color="BGR", scaling="0..1"),
    "mean": PRESETS["torch"].of(Feeding(Cutting.MEAN, 320, 320)),
}


def test_each_bundle_sees_the_cell_cut_and_fed_as_its_manifest_says(
    small_bundles: Path, small_graphs: Path, tmp_path: Path, images: list[CellImage]
) -> None:
    """Side by side with one that is fed in the usual way; maps lie where their pixels do."""
    usual = BundleLibrary(small_bundles, small_bundles / "none").get("hybrid")
    graphs = tmp_path / "graphs"
    shutil.copytree(small_graphs, graphs)
    (graph,) = (folder for folder in graphs.iterdir() if folder.name.startswith("hybrid"))
    size = (usual.manifest.preprocessing.height, usual.manifest.preprocessing.width)
    for name, feeding in FED.items():
        shutil.copytree(usual.path, tmp_path / "user" / name)
        new = {"name": name, "preprocessing": Preprocessing.of(feeding, *size)}
        manifest = usual.manifest.model_copy(update=new)
        write_manifest(manifest, tmp_path / "user" / name)
        shutil.copytree(graph, graph_folder(graphs, manifest))
    bundles = (usual, *BundleLibrary(tmp_path / "none", tmp_path / "user").list())
    panel = make_panel(bundles, graphs)
    request = ov.Core().compile_model(graph / GRAPH_FILE, "CPU", COMPILE_OPTIONS).create_infer_request()
    try:
        answers = [judgement.opinions for judgement in panel.judge(images[:2])]
    finally:
        panel.close()
    for image, opinions in zip(images[:2], answers, strict=True):
        said = {one.bundle.name: one for one in opinions}
        assert set(said) == {"hybrid", *FED}
        for name, feeding in FED.items():
            fed = Preprocessing.of(feeding, *size)
            view = view_of(image, fed.cut)
            results = request.infer([model_input(view.pixels, fed)[None]])
            expected = {key: values for port, values in results.items() for key in port.get_names()}
            assert said[name].logit == pytest.approx(float(expected[LOGIT].reshape(-1)[0]), abs=1e-5)
            assert {one.extent for one in said[name].maps} == {seen_box(fed, view)}
            for one in said[name].maps:
                np.testing.assert_allclose(one.values, expected[map_output(one.name)][0], atol=1e-5)
        assert {one.extent for one in said["hybrid"].maps} == {Box(75, 75, 300, 300)}
        assert visible_part(image, image.pixels, said["surroundings"].maps[0]).shape == (560, 560, 3)


def test_figures_alone_need_no_engine(shapes: InstalledBundle, tmp_path: Path, images: list[CellImage]) -> None:
    panel = make_panel((shapes,), tmp_path)
    assert panel.engine is None
    panel.start()
    assert len(list(panel.judge(images))) == len(images)
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        list(panel.judge(images, cancel=token))
    panel.close()


def test_cells_that_are_kept_from_the_leukemia_models_are_measured_all_the_same(
    shapes: InstalledBundle, images: list[CellImage]
) -> None:
    def said(code: str) -> Judgement:
        bundle = BundleId("differential", "1", "d" * 64)
        return Judgement((), Naming(bundle, {code: 0.99, "monocyte": 0.01}, confident=0.9, gate=0.9))

    for image in images:
        asked = with_shape(said("lymphocyte"), image, [shapes.manifest], ("differential", "morphology"))
        kept = with_shape(said("neutrophil"), image, [shapes.manifest], ("differential", "morphology"))
        assert ([one.bundle.name for one in asked.opinions], asked.measured) == (["morphology"], ())
        assert kept.opinions == () and kept.naming is not None
        assert [(one.code, one.value, one.low, one.high) for one in kept.measured] == [
            (one.code, one.value, one.low, one.high) for one in asked.opinions[0].figures
        ]
        assert any(one.contribution for one in asked.opinions[0].figures)
        assert not any(one.contribution for one in kept.measured)
        found = decide(image.cell, kept, QualityReport(()), image)
        assert (found.figures, found.opinions, found.probability) == (kept.measured, (), None)


def test_an_unknown_model_is_named(panel: ModelPanel, images: list[CellImage]) -> None:
    with pytest.raises(BundleError, match="oracle"):
        list(panel.judge(images, bundles=("oracle",)))
    with pytest.raises(BundleError):
        ModelPanel((), None)


def test_a_finding_holds_the_third_opinion(panel: ModelPanel) -> None:
    field = demo_field()
    (one,) = analyze([png_source(field.pixels, field.origin, 0.1)], panel)
    assert one.error is None
    for finding in one.findings:
        assert [opinion.bundle.name for opinion in finding.opinions] == ["ensemble", "hybrid", "morphology"]
        ensemble, hybrid, shape = (opinion.probability for opinion in finding.opinions)
        share = networks_share(finding.opinions)
        assert finding.probability == pytest.approx(share * (ensemble + hybrid) / 2 + (1 - share) * shape)
        assert 0 <= share < 1
        assert {"cell_area", "nc_ratio"} <= {figure.code for figure in finding.opinions[2].figures}

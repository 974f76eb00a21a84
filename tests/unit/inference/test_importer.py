"""A person's own Keras model becomes a bundle, or is refused in one sentence."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import signal
import zipfile
from pathlib import Path

import keras
import numpy as np
import psutil
import pytest

from leukoscope.domain.errors import BundleError, CancelledError
from leukoscope.domain.feeding import Feeding
from leukoscope.domain.progress import CancelToken
from leukoscope.inference import importer, stepped_child
from leukoscope.inference.engine import Engine
from leukoscope.inference.graph_cache import KEPT_FOLDER, graph_folder, is_whole
from leukoscope.inference.import_child import Work, import_child
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.importer import import_model
from leukoscope.inference.library import BundleLibrary, InstalledBundle
from leukoscope.inference.preprocessing import model_input
from leukoscope.inference.proposal.candidates import cuts_to_try
from leukoscope.inference.proposal.propose import propose_feeding
from leukoscope.inference.stepped_child import SteppedChild
from leukoscope.sources.demo import demo_cells
from leukoscope.system.temporary_files import Stages
from leukoscope.workflow.own_model.trial_cells import trial_cells_of
from tests.unit.inference.builders import SIDE, build, cell_image, save

RING = (
    "ABzY8000000t4-szfaph6vyuz6ImfZf+|6~V0r3*Dp*mMs!7R!O4Vejgb-Ndpb^FqaZ*vCs2w_h#K_3lfq}7qME@uxdgr@Ka_1%d"
    "sD$AA$#A}R&+n|ud*3+kv{v~rRd`h(0?#8ZDUnfb6mDS7_4>9NsTxnzc<E?+E?t{f_L7Q!QI_+s%HH@~tqSiO3%$>EUXC6C&yia7"
    "-6t`A8RU`VuVeZ};dj<ahWS{#=f0Fo$XHa*U(3;vhMblE+4+2WUG^7vZ3%ob=aIP|YJGxdv{-"
    "i>8PHRelA}w~ofNGnI(jtU2~9u4+AgbarKz6$SAM+Ob|+EWsO@ZR|IV9!O%^ANJX~$pKdx6q2J5_g>zcJ|=P|gQ4n*o;&kEz|Kyd"
    "~-"
    "03FEcz*WKY`xc5{`2VK^70=WGJCDKbbfBwVVa}(=(}6|_IshHW>cF3A({IUo*M4XnSSy<G?K}qKoui+_ncM}fpLS2Bs4|_BDe{7!"
    "@<F@FqOF~FyxZCn_Lr2Vca{dZ>lu0clV7;A!`xndzrIFC3T@O+a2)U*dJzj&{9vDT!X#MqgPkZ$lC3yANX>P2*kf_G6-"
    "Mb=`Y7Cf9B7AF*yW#dKHV6EMEeJz{e$)oY8$nU_7B=W&;jTG+COOjKnI`$X#b%7gZ9spZvW_zZ`4{Qaz(uKTS0qqt1H4R_qn~p_F"
    "74oby!p16ZfKsuRM)CHv4^@58Kck0000000000_uwBgkuHJ*Gynh"
)
"""A model of three layers whose HDF5 was damaged so that its list of attributes leads back to itself, gzip, base 85."""


@pytest.fixture
def library(tmp_path: Path) -> BundleLibrary:
    return BundleLibrary(tmp_path / "shipped", tmp_path / "user")


def install(
    file: Path,
    library: BundleLibrary,
    classes: tuple[str, str] = ("healthy", "leukemic"),
    name: str | None = None,
    feeding: Feeding | None = None,
) -> InstalledBundle:
    steps: list[tuple[int, int]] = []
    bundle = import_model(
        file,
        library,
        classes=classes,
        name=name,
        feeding=feeding,
        graphs=library.user.parent / "graphs",
        on_step=lambda text, done, total: steps.append((done, total)),
        cancel=CancelToken(),
    )
    assert [done for done, _ in steps] == list(range(steps[0][1] + 1))
    return bundle


def test_an_ensemble_with_nested_backbones_is_installed_and_judges_as_keras_does(
    library: BundleLibrary, tmp_path: Path
) -> None:
    bundle = install(save("two-branches", tmp_path / "My Model.keras"), library)
    manifest = bundle.manifest
    assert (manifest.name, manifest.source, manifest.output) == ("my-model", "imported", "sigmoid")
    assert [one.name for one in manifest.explanations] == ["left", "right"]
    assert all(check.passed for check in library.verify("my-model"))
    assert "not calibrated" in bundle.card
    assert is_whole(graph_folder(tmp_path / "graphs", manifest)), "the first analysis need not compile it again"
    assert not (bundle.path / KEPT_FOLDER).exists()

    images = [cell_image(seed) for seed in range(3)]
    engine = Engine([bundle], tmp_path / "graphs")
    try:
        found = [judgement.opinions[0] for judgement in engine.judge(images)]
    finally:
        engine.close()
    inputs = np.stack([model_input(image.pixels, manifest.preprocessing) for image in images])
    expected = build("two-branches").predict(inputs, verbose=0)[:, 0]
    np.testing.assert_allclose([one.probability for one in found], expected, atol=1e-4)
    for one in found:
        for m in one.maps:
            assert 0 < np.abs(m.values).max() < 10 * m.maximum


def test_an_h5_file_with_two_outputs_in_the_other_order(library: BundleLibrary, tmp_path: Path) -> None:
    file = save("pooled-inside", tmp_path / "model.h5")
    bundle = install(file, library, ("leukemic", "healthy"), "other-order", Feeding(scaling="-1..1"))
    manifest = bundle.manifest
    assert (manifest.output, manifest.positive_class, manifest.preprocessing.scaling) == ("softmax", 0, "-1..1")
    engine = Engine([bundle], tmp_path / "graphs")
    try:
        (opinion,) = next(engine.judge([cell_image(3)])).opinions
    finally:
        engine.close()
    pixels = model_input(cell_image(3).pixels, manifest.preprocessing)
    expected = build("pooled-inside").predict(pixels[None], verbose=0)[0, 0]
    assert opinion.probability == pytest.approx(float(expected), abs=1e-4)


def refused(file: Path, library: BundleLibrary, match: str, **more: object) -> None:
    with pytest.raises(BundleError, match=match) as refusal:
        install(file, library, **more)  # type: ignore[arg-type]
    assert "\n" not in refusal.value.message
    assert not library.user.exists() or list(library.user.iterdir()) == []


def test_lambda_is_refused(library: BundleLibrary, tmp_path: Path) -> None:
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Lambda(lambda t: t / 255.0)(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
    for name in ("model.keras", "model.h5"):
        model.save(tmp_path / name)
        refused(tmp_path / name, library, "Lambda layer, which can run code")


@keras.saving.register_keras_serializable(package="elsewhere")
class Doubled(keras.layers.Layer):
    """A layer that only this test knows."""

    def call(self, inputs: object) -> object:
        return inputs * 2.0  # type: ignore[operator]


def test_unknown_layers_are_refused(library: BundleLibrary, tmp_path: Path) -> None:
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.GlobalAveragePooling2D()(Doubled()(inputs))
    keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x)).save(tmp_path / "model.keras")
    refused(tmp_path / "model.keras", library, "Doubled")


def test_damaged_files_are_refused(library: BundleLibrary, tmp_path: Path) -> None:
    whole = save("flattened", tmp_path / "model.keras").read_bytes()
    (tmp_path / "torn.keras").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "torn.keras", library, "damaged or incomplete")


def test_a_file_that_hdf5_reads_for_ever_is_given_up(
    library: BundleLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ring.h5").write_bytes(gzip.decompress(base64.b85decode(RING)))
    monkeypatch.setattr(importer, "CHECK_SILENCE_S", 3.0)
    refused(tmp_path / "ring.h5", library, "damaged or incomplete")


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"PLAIN_MEMORY": 0, "MEMORY_PER_BYTE": 0}, "needs more memory than a model"), ({"LONGEST_S": 0.0}, "too long")],
)
def test_one_that_takes_too_much_memory_or_time_is_ended(
    library: BundleLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: dict[str, float], words: str
) -> None:
    file = save("flattened", tmp_path / "model.keras")
    for name, value in limits.items():
        monkeypatch.setattr(stepped_child, name, value)
    # Other tests of this process may have left a decoder that waits for the next picture.
    before = {one.pid for one in psutil.Process().children()}
    refused(file, library, words)
    left = [one for one in psutil.Process().children() if one.pid not in before]
    assert not [one for one in left if "spawn_main" in " ".join(one.cmdline())]


def test_how_much_memory_an_import_may_take_counts_all_files_of_a_model(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(bytes(10))
    (folder / "variables" / "variables.data-00000-of-00001").write_bytes(bytes(1000))
    (folder / "net.json").write_bytes(bytes(5))
    (folder / "net.weights.h5").write_bytes(bytes(700))
    plain, each = stepped_child.PLAIN_MEMORY, stepped_child.MEMORY_PER_BYTE
    assert stepped_child.most_memory(folder) == plain + 1000 * each
    assert stepped_child.most_memory(folder / "saved_model.pb") == plain + 1010 * each
    assert stepped_child.most_memory(folder / "net.json") == plain + (5 + 700) * each
    assert stepped_child.most_memory(tmp_path / "gone.keras") == plain


def test_what_only_keras_can_find_wrong_is_refused(library: BundleLibrary, tmp_path: Path) -> None:
    """Known layers, a whole archive, but the weights do not fit the network."""
    file = save("flattened", tmp_path / "model.keras")
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    for layer in config["config"]["layers"]:
        if layer["class_name"] == "Conv2D":
            layer["config"]["filters"] = 7
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(tmp_path / "bad.keras", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    refused(tmp_path / "bad.keras", library, r"“bad.keras” cannot be put together: .*Type model\.export")


def test_the_suffix_does_not_choose_what_is_checked(library: BundleLibrary, tmp_path: Path) -> None:
    shutil.copyfile(save("flattened", tmp_path / "model.keras"), tmp_path / "renamed.h5")
    assert install(tmp_path / "renamed.h5", library).manifest.output == "logit"


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"name": "Not A Name"}, "cannot be a model's name"),
        ({"classes": ("healthy", "sick")}, "“sick” is no class that this program knows"),
        ({"classes": ("healthy", "healthy")}, "one of them healthy and one leukemic at least"),
        ({"classes": ("monocyte", "monocyte")}, "Name at least two kinds of cells"),
        ({"classes": ("leukemic",)}, "one of them healthy and one leukemic at least"),
    ],
)
def test_wrong_words_are_refused(library: BundleLibrary, tmp_path: Path, more: dict[str, object], match: str) -> None:
    refused(tmp_path / "model.keras", library, match, **more)


def test_a_name_that_is_taken_is_refused(small_bundles: Path, tmp_path: Path) -> None:
    library = BundleLibrary(small_bundles, tmp_path / "user")
    refused(tmp_path / "hybrid.keras", library, "There is a model named “hybrid” already")


def test_a_cancel_leaves_nothing(library: BundleLibrary, tmp_path: Path) -> None:
    cancel = CancelToken()

    def stop(text: str, done: int, total: int) -> None:
        if done == 1:
            cancel.cancel()

    with pytest.raises(CancelledError):
        import_model(
            save("flattened", tmp_path / "model.keras"),
            library,
            classes=("healthy", "leukemic"),
            name=None,
            on_step=stop,
            cancel=cancel,
        )
    assert list(library.user.iterdir()) == []


def test_what_an_import_that_was_ended_left_goes_at_the_next_start(
    library: BundleLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages, left = Stages(), []
    stages.begin(tmp_path / "stages")

    def ended(_child: object, work: Work, *_more: object) -> None:
        order = work.order
        assert isinstance(order, ImportOrder)
        (note,) = (tmp_path / "stages").iterdir()
        said = json.loads(note.read_text())
        assert said["paths"][0] == order.part
        # As a program that is gone would have left both.
        dead = tmp_path / "dead"
        shutil.copytree(order.part, dead / Path(order.part).name)
        said |= {"paths": [str(dead / Path(order.part).name), "", ""], "owner": [said["owner"][0], 1.0]}
        left.append((note.name, json.dumps(said)))
        raise KeyboardInterrupt

    monkeypatch.setattr(importer, "STAGES", stages)
    monkeypatch.setattr(SteppedChild, "do", ended)
    with pytest.raises(KeyboardInterrupt):
        install(save("flattened", tmp_path / "m.keras"), library)
    assert not list(library.user.iterdir()) and not list((tmp_path / "stages").iterdir())
    name, text = left[0]
    (tmp_path / "stages" / name).write_text(text)
    Stages().begin(tmp_path / "stages")
    assert not list((tmp_path / "dead").iterdir())


def test_a_trial_has_the_model_loaded_for_its_import(library: BundleLibrary, tmp_path: Path) -> None:
    """In one child, and to the same end as an import alone; another file is loaded for itself."""
    file, other = save("flattened", tmp_path / "m.keras"), save("two-branches", tmp_path / "n.keras")
    classes, feeding = ("healthy", "leukemic"), {"crop": 450, "color": "RGB", "scaling": "0..1"}
    cells, maps = trial_cells_of(demo_cells(8, seed=8), cuts_to_try(feeding)), demo_cells(4, seed=3)

    def taken(child: SteppedChild | None, name: str) -> InstalledBundle:
        return import_model(
            file, library, classes=classes, name=name, feeding=Feeding(**feeding), child=child, cancel=CancelToken(),
            cells=[one.pixels for one in maps], on_step=lambda *_: None,
        )  # fmt: skip

    with import_child() as child:
        child.prepare()
        for one in (other, file):
            found = propose_feeding(one, (classes, ""), cells, "drawn", feeding, lambda *_: None, CancelToken(), child)
        process = child._process
        assert found.is_tried and process is not None and process.is_alive()
        after = taken(child, "after")
        assert child._process is None
    alone = taken(None, "alone")
    same = {"name", "title", "created"}
    assert after.manifest.model_dump(exclude=same) == alone.manifest.model_dump(exclude=same)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_an_import_that_is_stopped_is_ended(
    library: BundleLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence once the file has been looked at is the machine's fault, not the file's."""
    file = save("flattened", tmp_path / "m.keras")
    # What other tests left in this process, a decoder that waits, must go on for those after this one.
    others = {one.pid for one in psutil.Process().children()}

    def stop(_text: str, done: int, _total: int) -> None:
        if done == 0:  # only the step at which it stops is short: the one before takes what it takes
            monkeypatch.setattr(importer, "SILENCE_S", 2.0)
        if done != 1:
            return
        for child in psutil.Process().children():
            if child.pid not in others and "spawn_main" in " ".join(child.cmdline()):
                child.send_signal(signal.SIGSTOP)

    with pytest.raises(BundleError, match="ended unexpectedly"):
        import_model(
            file,
            library,
            classes=("healthy", "leukemic"),
            name=None,
            on_step=stop,
            cancel=CancelToken(),
        )
    assert not list(library.user.iterdir())

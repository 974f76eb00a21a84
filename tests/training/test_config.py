"""Configurations stand on one another, are written whole, and contradictions are named before hours are spent."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukoscope.domain.errors import SettingsError
from training.config import CONFIG_FOLDER, read_config, write_config

BASE = 'name = "base"\ntitle = "Base"\n[network]\nkind = "hybrid"\nbackbones = ["efficientnet-lite0"]\ndense = 8\n'


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_configuration_stands_on_another_table_by_table(tmp_path: Path) -> None:
    write(tmp_path / "base.toml", BASE)
    write(tmp_path / "sub" / "middle.toml", 'extends = "../base.toml"\n[network]\ndense = 16\n[fit]\nbatch = 4\n')
    config = read_config(write(tmp_path / "top.toml", 'extends = "sub/middle.toml"\nname = "top"\n[fit]\ndraws = 2\n'))
    assert (config.name, config.title) == ("top", "Base")
    assert (config.network.dense, config.network.kind) == (16, "hybrid")
    assert (config.fit.batch, config.fit.draws) == (4, 2)


def test_what_is_written_reads_the_same_and_needs_no_other_file(tmp_path: Path) -> None:
    write(tmp_path / "base.toml", BASE + '[fit.train_from]\n"odd.name “x”" = "a"\n')
    config = read_config(write(tmp_path / "top.toml", 'extends = "base.toml"\nseed = 7\n'))
    (tmp_path / "elsewhere").mkdir()
    write_config(tmp_path / "elsewhere" / "config.toml", config)
    assert read_config(tmp_path / "elsewhere" / "config.toml") == config


@pytest.mark.parametrize("file", sorted(CONFIG_FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_every_shipped_configuration_survives_writing(file: Path, tmp_path: Path) -> None:
    write_config(tmp_path / "config.toml", read_config(file))
    assert read_config(tmp_path / "config.toml") == read_config(file)


def test_what_training_does_not_do_is_refused(tmp_path: Path) -> None:
    """A manifest would say it of the bundle, and the program would do it."""
    for more in ('scaling = "0..1"', 'color = "BGR"', 'cut_out = "kept-background"', "mean = [1.0, 2.0, 3.0]"):
        file = write(tmp_path / "config.toml", f"{BASE}[preprocessing]\n{more}\n")
        with pytest.raises(SettingsError, match="cells on black, RGB"):
            read_config(file)


def test_a_circle_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.toml", 'extends = "b.toml"\n')
    write(tmp_path / "b.toml", 'extends = "a.toml"\n')
    with pytest.raises(SettingsError, match="extends itself"):
        read_config(tmp_path / "a.toml")


def test_a_missing_base_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        read_config(write(tmp_path / "a.toml", 'extends = "nowhere.toml"\n'))


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("train_last = 50", "cache = false"),
        ('cache = false\ntrain_last = 5\ntrain_from = { efficientnet-lite0 = "top_conv" }', "not both"),
        ('optimizer = "adam"\nweight_decay = 0.1', "adamw"),
        ("plateau_factor = 1.0", "plateau_factor"),
        ("ema = 1.0", "ema"),
    ],
)
def test_keys_that_contradict_each_other_are_named(keys: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=sentence):
        read_config(write(tmp_path / "c.toml", BASE + f"[fit]\n{keys}\n"))

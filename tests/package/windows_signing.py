"""The signing of programs and setup, with a certificate that is made here. Runs with ``make test-package-windows``."""

from __future__ import annotations

import datetime
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.package.windows_setup import DONE, install, make_setup, remove
from tests.package.wine import kept_running, packaging_module, wine_root

if TYPE_CHECKING:
    from resources.packaging.wine_root import WineRoot

PASSWORD = "of the key"
NAME = "A laboratory's own programs"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WineRoot]:
    """A fresh Windows."""
    with kept_running(wine_root(tmp_path_factory.mktemp("Windows") / "prefix")) as made:
        yield made


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``own.p12``, the file of its password, and ``own.pem`` for who trusts it."""
    folder = tmp_path_factory.mktemp("certificate")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    own = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(PASSWORD.encode())
    (folder / "own.p12").write_bytes(pkcs12.serialize_key_and_certificates(b"own", key, own, None, lock))
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    (folder / "own.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    return folder


def verified(root: WineRoot, path: Path, certificate: Path) -> subprocess.CompletedProcess[str]:
    words = root.command("osslsigncode", "verify", "-CAfile", certificate / "own.pem", path)
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_what_is_signed_is_whole_names_its_maker_and_installs(
    root: WineRoot, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = make_setup(root, tmp_path, "1.0.0")
    program = tmp_path / "program" / "leukoscope.exe"
    sign = packaging_module("make_windows_package").sign
    monkeypatch.delenv("LEUKOSCOPE_SIGNING_PKCS12", raising=False)
    before = setup.read_bytes()
    sign(root, [setup])
    assert setup.read_bytes() == before, "without a certificate nothing is touched"
    assert verified(root, setup, certificate).returncode != 0

    monkeypatch.setenv("LEUKOSCOPE_SIGNING_PKCS12", str(certificate / "own.p12"))
    monkeypatch.setenv("LEUKOSCOPE_SIGNING_PASSWORD_FILE", str(certificate / "password"))
    sign(root, [setup, program])
    for path in (setup, program):
        said = verified(root, path, certificate)
        assert said.returncode == 0, said.stdout + said.stderr
        assert f"CN={NAME}" in said.stdout
        assert not path.with_name(path.name + ".signed").exists()
    place = r"C:\Signed\LeukoScope"
    assert install(root, setup, "/CurrentUser", f"/D={place}") == DONE
    assert remove(root, place, "/CurrentUser") == DONE

    with setup.open("r+b") as stream:
        stream.seek(-(setup.stat().st_size // 2), os.SEEK_END)
        byte = stream.read(1)
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte[0] ^ 1]))
    assert verified(root, setup, certificate).returncode != 0, "one changed bit is seen"

"""A real timestamp authority on loopback: OpenSSL behind a small HTTP server, with certificates of its own."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.tools import tool

CONFIG = """[tsa]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_chain = no
"""


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def make_certificates(folder: Path, name: str, *, until: timedelta = timedelta(days=30), purpose: bool = True) -> None:
    """Write ``ca.pem``, ``tsa.pem`` and ``tsa.key``; without ``purpose`` the certificate is not for timestamps."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    usage = [ExtendedKeyUsageOID.TIME_STAMPING if purpose else ExtendedKeyUsageOID.SERVER_AUTH]

    def made(subject: str, issuer: str, public: ec.EllipticCurvePublicKey, end: datetime) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer))
        builder = builder.public_key(public).serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(days=60)).not_valid_after(end)

    ca = made(f"{name} root", f"{name} root", root.public_key(), now + timedelta(days=300))
    ca = ca.add_extension(x509.BasicConstraints(True, None), critical=True)
    tsa = made(name, f"{name} root", own.public_key(), now + until)
    tsa = tsa.add_extension(x509.ExtendedKeyUsage(usage), critical=True)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.sign(root, hashes.SHA256()).public_bytes(pem))
    (folder / "tsa.pem").write_bytes(tsa.sign(root, hashes.SHA256()).public_bytes(pem))
    key = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tsa.key").write_bytes(key)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))


def reply(folder: Path, query: bytes) -> bytes:
    """What OpenSSL answers to a query."""
    (folder / "query.tsq").write_bytes(query)
    words = [tool("openssl"), "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "query.tsq"]
    words += ["-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "answer.tsr"]
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return (folder / "answer.tsr").read_bytes()


@dataclass
class Authority:
    """How the server answers just now.

    Parameters
    ----------
    folder
        Of its certificates.
    address
        Where it listens.
    answer
        What it says to a query.
    asked
        How often it was asked.
    """

    folder: Path
    address: str = ""
    answer: Callable[[bytes], bytes] = field(default=lambda _: b"")
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    status: int = 200
    drips: bool = False

    @property
    def trusted(self) -> Path:
        return self.folder / "ca.pem"


@contextmanager
def authority(folder: Path, name: str = "Stamps of the lab") -> Iterator[Authority]:
    """Run one."""
    make_certificates(folder, name)
    here = Authority(folder, answer=lambda query: reply(folder, query))
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            here.asked.release()
            if here.drips:
                self._drip()
                return
            body = here.answer(query)
            self.send_response(here.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _drip(self) -> None:
            """A byte now and then: no single wait is long."""
            while not ended.is_set():
                try:
                    self.wfile.write(b"H")
                except OSError:
                    return
                time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        here.address = f"http://127.0.0.1:{server.server_address[1]}/tsa"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield here
        finally:
            ended.set()
            server.shutdown()
            thread.join(10)

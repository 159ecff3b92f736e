"""What travels to a provider travels encrypted, to whom the certificate names."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from timebridge.errors import Misconfigured, Transient
from timebridge.providers.http import Session
from timebridge.providers.provider import App
from timebridge.providers.salesforce import oauth


class Impostor:
    """Answers TLS on this machine with a certificate that nobody vouches for, and keeps what it is told."""

    def __init__(self, folder: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self_signed(folder))
        self.socket = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.heard: list[bytes] = []
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.socket.getsockname()[1]}"

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except ssl.SSLError:
                continue  # the caller hung up on our certificate
            except OSError:
                return
            self.heard.append(client.recv(65536))
            client.close()

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(2)


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return certificate, private


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Impostor]:
    found = Impostor(tmp_path)
    yield found
    found.close()


def test_B76_a_certificate_that_nobody_vouches_for_is_told_no_secret(impostor: Impostor) -> None:
    app = App("key", "the-secret", "https://timebridge.example/api/salesforce/callback", impostor.url)

    with pytest.raises(Transient):
        oauth.exchange(app, {"code": "a-code"}, "v" * 64)

    assert impostor.heard == []


def test_B76_every_session_verifies(impostor: Impostor) -> None:
    with Session("Salesforce", attempts=1) as session:
        assert session.verify is True
        with pytest.raises(Transient):
            session.get(impostor.url)
    assert impostor.heard == []


def test_B76_an_org_that_names_a_plain_address_for_its_api_is_not_followed() -> None:
    app = App("key", "the-secret", "https://timebridge.example/api/salesforce/callback", "https://login.salesforce.com")

    with pytest.raises(Misconfigured, match="not safe"):
        oauth._instance(app, "http://acme.my.salesforce.com")

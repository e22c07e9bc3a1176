"""The identities of simulated devices, and the authority that issues them."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import pkcs7

from mdm_osupdate.cli._identities import Identity, make_authority
from mdm_osupdate.cli._server import Server
from mdm_osupdate.cli._server_options import state_file

Cli = Callable[..., tuple[int, str, str]]
PEM = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8


def server(url: str = "http://mdm.example/", **changes: Any) -> Server:
    usual: dict[str, Any] = {
        "check_in_url": None,
        "ca": state_file("ca.pem"),
        "ca_key": state_file("ca.key"),
        "server_ca": None,
        "cert_header": None,
        "cert_header_format": "nginx",
        "topic": "t",
    }
    return Server.of(url=url, **usual | changes)


def headers(server: Server, body: bytes = b"") -> tuple[dict[str, str], Identity]:
    """The headers in which a device proves its identity, and the identity."""
    client = server.client("A", server.http())
    return dict(client.proof(body)), client.identity


class TestProof:
    def test_signature(self) -> None:
        proof, identity = headers(server(), b"a message")
        [(name, value)] = proof.items()
        signature = base64.b64decode(value)
        assert name == "Mdm-Signature"
        assert pkcs7.load_der_pkcs7_certificates(signature) == [identity.certificate]
        assert hashlib.sha256(b"a message").digest() in signature
        assert b"a message" not in signature

    @pytest.mark.parametrize("form", ["nginx", "rfc9440"])
    def test_certificate_in_a_header(self, form: str) -> None:
        proof, identity = headers(server(cert_header="X-Cert", cert_header_format=form))
        value = proof["X-Cert"]
        if form == "nginx":
            certificate = x509.load_pem_x509_certificate(unquote(value).encode())
        else:
            certificate = x509.load_der_x509_certificate(base64.b64decode(value.strip(":")))
        assert certificate == identity.certificate

    def test_tls(self) -> None:
        assert headers(server("https://mdm.example/"))[0] == {}

    def test_device_certificate(self) -> None:
        _, identity = headers(server())
        issuer = x509.load_pem_x509_certificate(state_file("ca.pem").read_bytes())
        identity.certificate.verify_directly_issued_by(issuer)
        assert identity.certificate.subject.rfc4514_string() == "CN=A"


class TestAuthority:
    def test_created_once(self, cli: Cli, tmp_path: Path) -> None:
        ca, key = tmp_path / "new" / "ca.pem", tmp_path / "new" / "ca.key"
        files = ("--ca", ca, "--ca-key", key)
        status, out, err = cli("simulate", "ca", *files)
        assert (status, out) == (0, f"{ca}\n")
        assert f"created certificate authority {ca}" in err
        assert key.stat().st_mode & 0o77 == 0
        assert cli("simulate", "ca", *files) == (0, f"{ca}\n", "")

    def test_default_location(self, cli: Cli, state_home: Path) -> None:
        assert cli("simulate", "ca")[1] == f"{state_home / 'mdm-osupdate' / 'ca.pem'}\n"

    @pytest.mark.parametrize(("left", "gone"), [("ca", "key"), ("key", "ca")])
    def test_missing_certificate_or_key(
        self, cli: Cli, tmp_path: Path, left: str, gone: str
    ) -> None:
        (tmp_path / left).write_text("")
        status, _, err = cli(
            *("simulate", "ca", "--ca", tmp_path / "ca", "--ca-key", tmp_path / "key")
        )
        assert status == 2
        assert f"{tmp_path / left} exists, but {tmp_path / gone} does not" in err

    def test_failed_write_leaves_no_file(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "key").symlink_to("nowhere")
        status, _, err = cli(
            *("simulate", "ca", "--ca", tmp_path / "ca", "--ca-key", tmp_path / "key")
        )
        assert status == 2
        assert f"{tmp_path / 'key'}: File exists" in err
        assert not (tmp_path / "ca").exists()

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ("rubbish", "no private key in PEM found"),
            ("of another kind", "expected an RSA or elliptic-curve key"),
            ("encrypted", "is encrypted"),
            ("of another", "does not belong to the certificate"),
        ],
    )
    def test_invalid_key(self, cli: Cli, tmp_path: Path, wrong: str, said: str) -> None:
        ca, key = tmp_path / "ca", tmp_path / "key"
        make_authority(ca, key)
        made = (
            ed25519.Ed25519PrivateKey.generate()
            if wrong == "of another kind"
            else ec.generate_private_key(ec.SECP256R1())
        )
        lock = (
            serialization.BestAvailableEncryption(b"secret")
            if wrong == "encrypted"
            else serialization.NoEncryption()
        )
        key.write_bytes(b"rubbish" if wrong == "rubbish" else made.private_bytes(*PEM, lock))
        status, _, err = cli("simulate", "ca", "--ca", ca, "--ca-key", key)
        assert status == 2
        assert str(key) in err
        assert said in err

    def test_invalid_certificate(self, cli: Cli, tmp_path: Path) -> None:
        make_authority(tmp_path / "ca", tmp_path / "key")
        (tmp_path / "ca").write_text("rubbish")
        status, _, err = cli(
            *("simulate", "ca", "--ca", tmp_path / "ca", "--ca-key", tmp_path / "key")
        )
        assert status == 2
        assert f"no certificate in PEM found in {tmp_path / 'ca'}" in err

    def test_invalid_server_certificate_authority(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "ca").write_text("rubbish")
        rubbish = ("--server-ca", tmp_path / "ca")
        status, _, err = cli("simulate", "server", "--url", "https://127.0.0.1:1/mdm", *rubbish)
        assert status == 2
        assert "no certificate found in " in err

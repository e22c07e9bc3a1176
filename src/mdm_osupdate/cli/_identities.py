"""X.509 identities of simulated devices, and how requests carry them."""

from __future__ import annotations

import base64
import datetime as dt
import os
import ssl
import tempfile
from pathlib import Path
from urllib.parse import quote

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALID = dt.timedelta(days=30)
_FOR_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@frozen
class Authority:
    """A certificate authority and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    def issue(self, udid: str) -> Identity:
        """Issue the identity of a device, with its UDID as common name."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _certificate(udid, key.public_key(), self.certificate.subject)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(usage, critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        return Identity(builder.sign(self.key, hashes.SHA256()), key)


@frozen
class Identity:
    """The certificate of a device and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def header(self, form: str) -> str:
        """Return the certificate as a proxy passes it on.

        Args:
            form: ``"nginx"``, URL-encoded PEM as of ``$ssl_client_escaped_cert``; or
                ``"rfc9440"``, the value of ``Client-Cert``.
        """
        if form == "nginx":
            return quote(self.certificate.public_bytes(serialization.Encoding.PEM))
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return f":{base64.b64encode(der).decode()}:"

    def present(self, context: ssl.SSLContext) -> None:
        """Present this identity in the TLS connections of a context."""
        # The ssl module loads keys from files only. This one is deleted at once.
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "identity.pem"
            path.touch(0o600)
            path.write_bytes(
                _pem(self.key) + self.certificate.public_bytes(serialization.Encoding.PEM)
            )
            context.load_cert_chain(path)


def authority(certificate: Path, key: Path) -> tuple[Authority, bool]:
    """Read an authority from two PEM files, or create it and write them.

    Returns:
        The authority, and whether it is new.

    Raises:
        OSError: A file cannot be read or written.
        ValueError: A file holds something else.
    """
    if certificate.exists() or key.exists():
        signing = _signing_key(key.read_bytes())
        given = x509.load_pem_x509_certificate(certificate.read_bytes())
        if given.public_key() != signing.public_key():
            raise ValueError("the key does not belong to the certificate")
        return Authority(given, signing), False
    made = ec.generate_private_key(ec.SECP256R1())
    name = "mdm-osupdate simulated devices"
    builder = _certificate(name, made.public_key(), _name(name))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    # Strict verification, the default since Python 3.13, requires these two extensions.
    builder = builder.add_extension(_FOR_CERTIFICATES, critical=True)
    subject = x509.SubjectKeyIdentifier.from_public_key(made.public_key())
    signed = builder.add_extension(subject, critical=False).sign(made, hashes.SHA256())
    with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(_pem(made))
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return Authority(signed, made), True


def _signing_key(pem: bytes) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except TypeError:  # cryptography raises this for encrypted keys
        raise ValueError("the key is encrypted; give one without a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("expected an RSA or elliptic-curve key")
    return key


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    name: str, key: ec.EllipticCurvePublicKey, issuer: x509.Name
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + _VALID)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

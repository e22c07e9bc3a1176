"""X.509 identities of simulated devices, and the authority that issues them."""

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
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_IDENTITY_VALID = dt.timedelta(days=30)
_AUTHORITY_VALID = dt.timedelta(days=3650)
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
        builder = _certificate(udid, key.public_key(), self.certificate.subject, _IDENTITY_VALID)
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

    def signature(self, body: bytes) -> str:
        """Return the value of ``Mdm-Signature``: a detached CMS signature of a message.

        Devices send it if their MDM profile has ``SignMessage``. Source: Apple, Managing
        certificates for device management servers and devices.
        """
        signer = pkcs7.PKCS7SignatureBuilder(body)
        signer = signer.add_signer(self.certificate, self.key, hashes.SHA256())
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        return base64.b64encode(signer.sign(serialization.Encoding.DER, options)).decode()

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


def read_authority(certificate: Path, key: Path) -> Authority:
    """Read an authority from two PEM files.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file holds something else.
    """
    signing = _signing_key(key)
    try:
        given = x509.load_pem_x509_certificate(certificate.read_bytes())
    except ValueError:
        raise ValueError(f"no certificate in PEM found in {certificate}") from None
    if given.public_key() != signing.public_key():
        raise ValueError(f"the key {key} does not belong to the certificate {certificate}")
    return Authority(given, signing)


def make_authority(certificate: Path, key: Path) -> Authority:
    """Create an authority, and write it to two new PEM files. The key is for the user only.

    Raises:
        OSError: A file cannot be written, or exists.
    """
    made = ec.generate_private_key(ec.SECP256R1())
    name = "mdm-osupdate simulated devices"
    builder = _certificate(name, made.public_key(), _name(name), _AUTHORITY_VALID)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    # Strict verification, the default since Python 3.13, requires these two extensions.
    builder = builder.add_extension(_FOR_CERTIFICATES, critical=True)
    subject = x509.SubjectKeyIdentifier.from_public_key(made.public_key())
    signed = builder.add_extension(subject, critical=False).sign(made, hashes.SHA256())
    for path in certificate, key:
        path.parent.mkdir(parents=True, exist_ok=True)
    with open(certificate, "xb") as file:
        file.write(signed.public_bytes(serialization.Encoding.PEM))
    try:
        with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_pem(made))
    except OSError:
        certificate.unlink()  # one file without the other could not be used
        raise
    return Authority(signed, made)


def _signing_key(path: Path) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except TypeError:  # cryptography raises this for encrypted keys
        raise ValueError(f"the key {path} is encrypted; give one without a password") from None
    except ValueError:
        raise ValueError(f"no private key in PEM found in {path}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError(f"expected an RSA or elliptic-curve key in {path}")
    return key


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    name: str, key: ec.EllipticCurvePublicKey, issuer: x509.Name, valid: dt.timedelta
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + valid)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

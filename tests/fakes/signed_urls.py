"""V4 signed URLs as Google documents them, checked without Google.

https://cloud.google.com/storage/docs/authentication/canonical-requests and .../signatures
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

EMAIL = "functions@demo.iam.gserviceaccount.com"


@dataclass(frozen=True)
class Key:
    """A service account's key of our own."""

    private: rsa.RSAPrivateKey

    @classmethod
    def make(cls) -> "Key":
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def account(self, token_uri: str = "http://127.0.0.1:9/token") -> dict[str, str]:
        """The key file, as the Google Cloud console gives it."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": "demo",
            "private_key_id": "k1",
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "token_uri": token_uri,
        }

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())


def refusal(key: Key, method: str, url: str, headers: dict[str, str], now: datetime) -> str:
    """Why Google would not serve this request; "" if it would."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    signature = query.pop("X-Goog-Signature", "")
    given = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    given["host"] = parts.netloc
    signed = query.get("X-Goog-SignedHeaders", "").split(";")
    if not signature or not set(signed) <= given.keys():
        return "a signed header is missing"
    if [name for name in given if name.startswith("x-goog-") and name not in signed]:
        return "a header of Google's is not signed"
    begun = datetime.strptime(query["X-Goog-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if (
        not begun - timedelta(minutes=15)
        <= now
        <= begun + timedelta(seconds=int(query["X-Goog-Expires"]))
    ):
        return "expired"
    canonical = "\n".join(
        [
            method,
            parts.path,
            "&".join(f"{quote(k, safe='')}={quote(query[k], safe='')}" for k in sorted(query)),
            *(f"{name}:{given[name]}" for name in sorted(signed)),
            "",
            ";".join(sorted(signed)),
            "UNSIGNED-PAYLOAD",
        ]
    )
    scope = query["X-Goog-Credential"].partition("/")[2]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join([query["X-Goog-Algorithm"], query["X-Goog-Date"], scope, digest])
    try:
        key.private.public_key().verify(
            bytes.fromhex(signature), to_sign.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, ValueError):
        return "the signature does not match"
    return ""


def size_refusal(headers: dict[str, str], size: int) -> str:
    """Why Google would not take an object of this size: EntityTooSmall or EntityTooLarge."""
    given = {name.lower(): value for name, value in headers.items()}
    low, _, high = given.get("x-goog-content-length-range", f"0,{size}").partition(",")
    return "" if int(low) <= size <= int(high) else "the size is out of range"

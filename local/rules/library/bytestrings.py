"""https://firebase.google.com/docs/reference/rules/rules.Bytes and rules.hashing."""

import base64
import hashlib
import zlib

from local.rules.library.arguments import Builtin
from local.rules.values import Value, type_error

_CRC32C_POLYNOMIAL = 0x82F63B78  # Castagnoli, bits reversed


def _crc32c_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            remainder = (remainder >> 1) ^ (_CRC32C_POLYNOMIAL if remainder & 1 else 0)
        table.append(remainder)
    return tuple(table)


_TABLE = _crc32c_table()


def _take_data(value: Value) -> bytes:
    """Take bytes, or a string as its UTF-8 bytes."""
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, bytes):
        raise type_error(value, "bytes", "string")
    return value


def _crc32(value: Value) -> bytes:
    return zlib.crc32(_take_data(value)).to_bytes(4, "big")


def _crc32c(value: Value) -> bytes:
    remainder = 0xFFFFFFFF
    for byte in _take_data(value):
        remainder = (remainder >> 8) ^ _TABLE[(remainder ^ byte) & 0xFF]
    return (remainder ^ 0xFFFFFFFF).to_bytes(4, "big")


def _md5(value: Value) -> bytes:
    return hashlib.md5(_take_data(value), usedforsecurity=False).digest()


def _sha256(value: Value) -> bytes:
    return hashlib.sha256(_take_data(value)).digest()


def _size(data: bytes) -> int:
    return len(data)


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _to_hex_string(data: bytes) -> str:
    return data.hex()


METHODS = {
    "size": Builtin(_size, 0),
    "toBase64": Builtin(_to_base64, 0),
    "toHexString": Builtin(_to_hex_string, 0),
}
HASHING = {
    "crc32": Builtin(_crc32, 1),
    "crc32c": Builtin(_crc32c, 1),
    "md5": Builtin(_md5, 1),
    "sha256": Builtin(_sha256, 1),
}

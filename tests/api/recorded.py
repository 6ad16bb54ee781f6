"""Recordings and profiles to send, made without a codec."""

import base64
import math
import struct


def wav(seconds=3.0, *, rate=16_000, channels=1, bits=16, peak=0.5, frequency=180.0):
    frames = int(seconds * rate)
    period = [
        peak * math.sin(2 * math.pi * frequency * i / rate) for i in range(max(1, rate // 10))
    ]
    block = b"".join(_sample(value, bits) * channels for value in period)
    size = frames * channels * bits // 8
    data = (block * (size // len(block) + 1))[:size]
    return riff(data, rate=rate, channels=channels, bits=bits)


def riff(data, *, rate=16_000, channels=1, bits=16, kind=1, declared=None):
    width = channels * bits // 8
    fmt = struct.pack("<HHIIHH", kind, channels, rate, rate * width, width, bits)
    size = len(data) if declared is None else declared
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", min(2**32 - 1, len(body) + size)) + body + data


def npy(header=None, data=b"\0" * 64):
    text = header or "{'descr': '<f4', 'fortran_order': False, 'shape': (16,), }"
    padded = text.ljust((len(text) + 11 + 63) // 64 * 64 - 11) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded.encode() + data


def as_base64(data):
    return base64.b64encode(data).decode()


def _sample(value, bits):
    if bits == 8:
        return struct.pack("B", int(128 + value * 127))
    whole = int(value * (2 ** (bits - 1) - 1))
    return whole.to_bytes(bits // 8, "little", signed=True)

"""Random streams that follow from words and numbers, the same on every run."""

import hashlib

import numpy as np


def generator(*parts: str | int) -> np.random.Generator:
    """Build a stream that depends on every part and on their order."""
    text = "\x1f".join(str(part) for part in parts)
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

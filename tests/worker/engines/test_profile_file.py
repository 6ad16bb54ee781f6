"""A profile may come from anybody: what numpy cannot read is refused with the same sentence."""

import struct

import pytest

from worker.engines import EngineError
from worker.engines.chatterbox.profile import load_profile as chatterbox
from worker.engines.procedural.speech.profile import load_profile as procedural

NUMBERS = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }"
HEADERS = {
    "a bracket that nothing closes": "{(",
    "a text that nothing closes": "'''",
    "a key that can be none": "{[]: 1}",
    "keys of two kinds": "{1: 2, 'a': 3}",
    "no dictionary": "1",
    "a floor below the parser's": "-" * 2000 + "1",
    "more numbers than can be counted": NUMBERS % f"({'9' * 30},)",
    "more numbers than there are": NUMBERS % "(1000000000000,)",
    "fewer than none": NUMBERS % "(-5,)",
    "a truth for a number": NUMBERS % "(True,)",
    "objects": NUMBERS.replace("<f4", "|O") % "(2,)",
}


@pytest.mark.parametrize("load", [chatterbox, procedural])
@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_is_broken_in_any_way_is_refused(tmp_path, load, case):
    header = f"{HEADERS[case]}\n".encode()
    path = tmp_path / "profile.npy"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + bytes(200))

    with pytest.raises(EngineError, match=r"cannot be read. Clone the voice again"):
        load(path)

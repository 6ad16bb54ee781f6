"""Base64 as clients and workers write it, decoded in one pass, without a copy of its text. Pure."""

import binascii

# Encoders break lines after 64 or 76 characters, with one or two more for the break. More white
# space than that is no encoder's work, and would only cost time and memory.
CHARACTERS_PER_SPACE = 32
FREE_SPACES = 16
MAX_PREFIX_CHARS = 200  # of a `data:` URL, up to its comma
_SPACES = "\n\r\t "


class NotBase64(ValueError):
    """The text is no base64; nothing of it is in the message."""


def decode(text: str) -> bytes:
    """The bytes of a text, with or without a `data:` URL around it and lines broken.

    Raises:
        NotBase64: it is none, or holds more white space than any encoder puts in.
    """
    if text.startswith("data:"):
        comma = text.find(",", 0, MAX_PREFIX_CHARS)
        if comma < 0:
            raise NotBase64
        text = text[comma + 1 :]
    spaces = sum(text.count(space) for space in _SPACES)
    if spaces > len(text) // CHARACTERS_PER_SPACE + FREE_SPACES:
        raise NotBase64
    try:
        # Leaves out what is not base64, so the length tells whether there was something else.
        data = binascii.a2b_base64(text)
    except ValueError:
        raise NotBase64 from None
    characters = len(text) - spaces
    padding = text[-FREE_SPACES:].count("=")
    if characters % 4 or len(data) != characters // 4 * 3 - padding:
        raise NotBase64
    return data

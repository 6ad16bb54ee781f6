"""What bytes really are, by their first ones: a name or a header proves nothing."""

SNIFF_BYTES = 64
# How names of files end. JPEG files end as cameras and desktops have them end.
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
}

# Where a mark stands, and what it is; the first that fits counts.
# https://mimesniff.spec.whatwg.org/ and the formats' own specifications.
_MARKS: tuple[tuple[tuple[tuple[int, bytes], ...], str], ...] = (
    (((0, b"\x89PNG\r\n\x1a\n"),), "image/png"),
    (((0, b"\xff\xd8\xff"),), "image/jpeg"),
    (((0, b"RIFF"), (8, b"WEBP")), "image/webp"),
    (((0, b"RIFF"), (8, b"WAVE")), "audio/wav"),
    (((0, b"RF64"), (8, b"WAVE")), "audio/wav"),
    (((0, b"\x93NUMPY"),), "application/x-npy"),
    (((4, b"ftypM4A"),), "audio/mp4"),
    (((4, b"ftyp"),), "video/mp4"),
    (((0, b"OggS"),), "audio/ogg"),
    (((0, b"fLaC"),), "audio/flac"),
    (((0, b"ID3"),), "audio/mpeg"),
)


def sniff(head: bytes) -> str | None:
    """The content type that the first SNIFF_BYTES bytes show, None if it is none of ours."""
    for marks, content_type in _MARKS:
        if all(head.startswith(mark, at) for at, mark in marks):
            return content_type
    # MPEG audio without a tag begins with a frame: eleven bits set, layer not reserved.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:
        return "audio/mpeg"
    return None


# The content type of an output -> what its bytes must show.
_SHOWN = {
    "image/png": "image/png",
    "image/webp": "image/webp",
    "image/jpeg": "image/jpeg",
    "video/mp4": "video/mp4",
    "audio/wav": "audio/wav",
    "audio/mpeg": "audio/mpeg",
    "audio/ogg": "audio/ogg",
    "application/octet-stream": "application/x-npy",
}


def matches(content_type: str, head: bytes) -> bool:
    """Whether bytes are what an output of this content type has to be."""
    return sniff(head) == _SHOWN.get(content_type, "")


def is_known(content_type: str) -> bool:
    """Whether it is known what the bytes of an output of this content type show."""
    return content_type in _SHOWN

"""What is shown of a picture that is being made: a plain WebP of few bytes and few pixels."""

import base64
import io

import pytest
from PIL import Image

from firepod.protocol import previews
from tests.fakes.values import PNG, PREVIEW, webp


def url(data):
    return previews.PREFIX + base64.b64encode(data).decode()


def written(size=(64, 48), kind="WEBP", **more):
    file = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(file, kind, **more)
    return file.getvalue()


def test_a_small_webp_is_a_preview_and_comes_back_as_it_was_sent():
    for data in (webp(), webp(512, 512, previews.MAX_BYTES), webp(1, 1), written()):
        assert previews.data_url(data) == url(data)
        assert previews.read(url(data)) == url(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PNG,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        written(kind="GIF"),
        webp()[:29],
        webp() + b"\0",
        webp(size=previews.MAX_BYTES + 2),
        written((16383, 8)),
        written((513, 8)),
        webp(width=0),
        webp(height=0),
        webp().replace(b"\x9d\x01\x2a", b"\x9d\x01\x2b"),
        written(lossless=True),
        written(exif=b"Exif\0\0where it was made"),
        written(save_all=True, append_images=[Image.new("RGB", (64, 48))]),
        written(icc_profile=b"a profile"),
    ],
)
def test_what_is_anything_else_by_its_bytes_is_none(data):
    assert previews.data_url(data) is None
    assert previews.read(url(data)) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        [PREVIEW],
        "",
        "https://evil.test/preview.webp",
        PREVIEW.replace("image/webp", "image/svg+xml"),
        PREVIEW.replace("image/webp", "text/html"),
        f" {PREVIEW}",
        f"{PREVIEW}\n",
        f"{PREVIEW[:-4]}\n{PREVIEW[-4:]}",
        PREVIEW[:-1] + "é",
        previews.PREFIX,
    ],
)
def test_what_is_anything_else_as_a_text_is_none(value):
    assert previews.read(value) is None


def test_a_text_that_is_too_long_is_not_decoded(monkeypatch):
    monkeypatch.setattr(previews, "binascii", None)
    assert previews.read(previews.PREFIX + "A" * 20_000) is None

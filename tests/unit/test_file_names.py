"""A saved file is called by what was asked for, and nobody's words break the header."""

import pytest

from firepod.domain.generation import Output
from firepod.kinds.file_names import disposition, named

PICTURES = [Output(f"generating/ann/image/a_{i}.png", "image/png") for i in range(2)]


def header(request, outputs=PICTURES[:1]):
    return [disposition(one) for one in named(outputs, request)]


def test_a_file_is_called_by_the_first_words_of_what_was_asked_for():
    assert header({"prompt": "A lighthouse, at dusk!"}) == [
        'inline; filename="A lighthouse at dusk.png"'
    ]
    assert header({"prompt": "one two three four five six seven eight nine"}) == [
        'inline; filename="one two three four five six seven eight.png"'
    ]


def test_several_of_a_kind_are_counted_and_two_of_two_kinds_are_not():
    assert header({"prompt": "fox"}, PICTURES) == [
        'inline; filename="fox 1.png"',
        'inline; filename="fox 2.png"',
    ]
    voice = [Output("voices/v/samples/s.wav", "audio/wav"), Output("voices/v/profiles/v.npy", "")]
    assert header({"name": "Ann"}, voice) == [
        'inline; filename="Ann.wav"',
        'inline; filename="Ann.npy"',
    ]


def test_words_of_other_alphabets_are_told_beside_plain_ones():
    assert header({"text": "Zoë grüßt"}) == [
        "inline; filename=\"Zoe grut.png\"; filename*=UTF-8''Zo%C3%AB%20gr%C3%BC%C3%9Ft.png"
    ]
    assert header({"prompt": "灯台"}) == [
        "inline; filename=\"a_0.png\"; filename*=UTF-8''%E7%81%AF%E5%8F%B0.png"
    ]


@pytest.mark.parametrize(
    "text",
    [
        'a"; filename="b.exe',
        "a\r\nSet-Cookie: x=1",
        "a\\..\\b/../c",
        "a\u202egpj.exe",
        "a\x00\x1b[31m",
        "\ud800 a",
        "a " * 5000,
        "a" * 5000,
    ],
)
def test_no_text_breaks_the_header(text):
    (value,) = header({"prompt": text})
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
    assert len(value) < 1000
    assert not set("\\/\r\n") & set(value.replace("filename*=UTF-8''", ""))
    assert "filename=" not in value.partition("filename=")[2]


@pytest.mark.parametrize("request_data", [{}, {"prompt": ""}, {"prompt": "!!!"}, {"prompt": 7}])
def test_without_words_the_name_of_the_object_stays(request_data):
    assert header(request_data) == ["inline"]

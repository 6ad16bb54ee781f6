"""A text of any length and language is spoken in sentences."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.engines.sentences import LONGEST, sentences, speakable


def cut(text):
    return [one.text for one in sentences(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "It costs 3.14 euro. Really?\nYes\uff01 好。再見。",
            ["It costs 3.14 euro.", "Really?", "Yes\uff01", "好。", "再見。"],
        ),
        (
            "Mr. Smith met Dr. J. R. Brown. They left.",
            ["Mr. Smith met Dr. J. R. Brown.", "They left."],
        ),
        ("Das ist z. B. der 3. Oktober. Gut!", ["Das ist z. B. der 3. Oktober.", "Gut!"]),
        (
            "Use a tool, e.g. a saw, etc. and so on. Done.",
            ["Use a tool, e.g. a saw, etc. and so on.", "Done."],
        ),
        ("Read No. 5 of vol. 2. Then stop.", ["Read No. 5 of vol. 2. Then stop."]),
        ("“Stop!” he said. “Why?” She left.", ["“Stop!” he said.", "“Why?”", "She left."]),
        (
            "(It rained.) We went home...   Then it got dark\u2026 Cold.",
            ["(It rained.)", "We went home...", "Then it got dark\u2026", "Cold."],
        ),
        ("他说\uff1a“你好。”然后走了。", ["他说\uff1a“你好。”", "然后走了。"]),
        (
            "これは「本当か\uff1f」と。はい\uff01\uff1fいいえ",
            ["これは「本当か\uff1f」", "と。", "はい\uff01\uff1f", "いいえ"],
        ),
        ("यह घर है। वह पेड़ है।", ["यह घर है।", "वह पेड़ है।"]),
        ("ما هذا؟ لا أعرف. نعم", ["ما هذا؟", "لا أعرف.", "نعم"]),
        (
            "A line that was broken\nat its edge goes on.\nA new one",
            ["A line that was broken at its edge goes on.", "A new one"],
        ),
        ("Title\n\nno capital here", ["Title", "no capital here"]),
        ("version 1.2.3 of 10:30, a.m. or 1,000.5", ["version 1.2.3 of 10:30, a.m. or 1,000.5"]),
    ],
)
def test_sentences_end_where_people_end_them(text, found):
    assert cut(text) == found


def test_a_paragraph_is_followed_by_a_longer_pause_than_a_sentence_and_a_comma_by_a_shorter_one():
    pauses = {one.text[0]: one.pause for one in sentences("Aa. Bb.\n\nC" + "c" * 200 + ", dd" * 40)}
    assert pauses["B"] > pauses["A"] > pauses["C"] > 0


def test_a_long_sentence_is_cut_at_a_stop_else_at_a_comma_else_at_a_space():
    assert cut("low. " * 100)[0].endswith("low.")
    assert cut("so it goes on, and on " * 30)[0].endswith("on,")
    assert cut("Ich weiß, " + "nicht " * 60)[0].endswith("nicht")
    assert cut("你好\uff0c" * 100)[0].endswith("\uff0c")


@pytest.mark.parametrize("sign", ["x", "😀", "字", "7", "क्", "e\u0301\u0302", "👩\u200d"])
def test_a_text_without_any_end_is_cut_all_the_same_and_loses_nothing(sign):
    text = sign * (50_000 // len(sign))
    pieces = cut(text)

    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= LONGEST
    assert not any(one[0] in "\u0301\u0302\u094d\u200d" for one in pieces)


def test_what_is_read_out_as_words_is_cut_into_shorter_pieces():
    assert max(map(len, cut("9" * 1000))) == max(map(len, cut("字" * 1000))) == LONGEST // 4


@given(st.text(alphabet="aB .!?\n\t,。\uff01”」\"')…\u0301\u200d1😀\x00", max_size=900))
@example("." * 600 + "x")
@example('."\'" ' * 100)
@settings(max_examples=300, deadline=None)
def test_every_text_is_kept_in_pieces_that_are_short_and_in_order(text):
    pieces = list(sentences(speakable(text)))

    assert "".join("".join(one.text.split()) for one in pieces) == "".join(speakable(text).split())
    assert all(0 < len(one.text) <= LONGEST and one.pause >= 0 for one in pieces)


@pytest.mark.parametrize(
    "part", [".", ". ", ".\n", " ", "\n", '."', "。", "。”", "a.", "\u0301", "x, ", "😀", "1. "]
)
def test_no_text_of_fifty_thousand_characters_takes_long_to_cut(part):
    text = part * (50_000 // len(part)) + "x"
    began = time.thread_time()
    list(sentences(speakable(text)))
    assert time.thread_time() - began < 1


def test_marks_that_have_no_sound_are_dropped():
    assert speakable("a\u202eb\0c\r\nd👩\u200d👧") == "ab c\nd👩\u200d👧"

"""Which language a piece of text is spoken in."""

import re
from collections.abc import Iterator

from worker.engines.interface import EngineError
from worker.engines.procedural.speech.espeak import languages

DEFAULT = "en-us"

_ALIASES = {
    "auto": DEFAULT,
    "en": DEFAULT,
    "iw": "he",
    "zh": "cmn",
    "zh-hk": "yue",
}
_SCRIPTS = (
    # script, its characters, the languages written in it; the first one speaks it by default
    ("greek", "\u0370-\u03ff\u1f00-\u1fff", "el grc"),
    ("cyrillic", "\u0400-\u052f", "ru uk bg sr mk be kk ky tt ba cv nog"),
    ("armenian", "\u0530-\u058f", "hy hyw"),
    ("hebrew", "\u0590-\u05ff\ufb1d-\ufb4f", "he"),
    ("arabic", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefe", "ar fa ur ug sd ku"),
    ("devanagari", "\u0900-\u097f", "hi mr ne kok"),
    ("bengali", "\u0980-\u09ff", "bn as bpy"),
    ("gurmukhi", "\u0a00-\u0a7f", "pa"),
    ("gujarati", "\u0a80-\u0aff", "gu"),
    ("tamil", "\u0b80-\u0bff", "ta"),
    ("telugu", "\u0c00-\u0c7f", "te"),
    ("kannada", "\u0c80-\u0cff", "kn"),
    ("malayalam", "\u0d00-\u0d7f", "ml"),
    ("thai", "\u0e00-\u0e7f", "th"),
    ("georgian", "\u10a0-\u10ff", "ka"),
    ("ethiopic", "\u1200-\u137f", "am ti"),
    ("hangul", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af", "ko"),
    ("kana", "\u3040-\u30ff", "ja"),
    ("han", "\u3400-\u4dbf\u4e00-\u9fff", "cmn yue hak ja ko"),
    ("latin", "A-Za-z\u00c0-\u024f\u1e00-\u1eff", ""),
)
_SCRIPT = re.compile("|".join(f"(?P<{name}>[{letters}])" for name, letters, _ in _SCRIPTS))
_WRITTEN_IN = {name: tuple(codes.split()) for name, _, codes in _SCRIPTS}
_OWN_SCRIPT = frozenset(code for codes in _WRITTEN_IN.values() for code in codes)


def known_language(tag: str | None) -> str:
    """Find espeak's code for a tag like ``de``, ``pt-BR`` or ``zh_CN``; none means English.

    Raises ``EngineError`` for a language that it does not speak.
    """
    wanted = (tag or DEFAULT).strip().lower().replace("_", "-")
    spoken = languages()
    for candidate in (wanted, wanted.rpartition("-")[0], wanted.partition("-")[0]):
        code = _ALIASES.get(candidate, candidate)
        if code in spoken:
            return code
    raise EngineError(
        f"The language {tag!r:.40} is not known. Use a code such as en, de, fr, es, pt-BR, it, "
        "pl, tr, ru, ar, he, hi, zh, ja or ko."
    )


def passages(sentence: str, language: str) -> Iterator[tuple[str, str]]:
    """Split a sentence where its script changes. Yields (text, language) in order.

    Text in a script that ``language`` is not written in is spoken in a language that is.
    Figures, signs and emoji belong to the text before them.
    """
    japanese = language == "ja" or bool(re.search("[\u3040-\u30ff]", sentence))
    current, start = "", 0
    for match in _SCRIPT.finditer(sentence):
        spoken = _language_of(str(match.lastgroup), language, japanese=japanese)
        if spoken != current:
            if current:
                yield sentence[start : match.start()], current
                start = match.start()
            current = spoken
    yield sentence[start:], current or language


def _language_of(script: str, language: str, *, japanese: bool) -> str:
    written = _WRITTEN_IN[script]
    if script == "latin":
        return DEFAULT if language in _OWN_SCRIPT else language
    if script == "han" and japanese:
        return "ja"
    return language if language in written else written[0]

"""The languages that the model speaks, and a sentence of each to hear a voice by."""

from worker.engines.interface import EngineError

DEFAULT = "en"

SAMPLES = {
    "ar": "مرحبا. هكذا يبدو صوتي.",
    "da": "Hej. Sådan lyder min stemme, når jeg læser højt.",
    "de": "Hallo. So klingt meine Stimme, wenn ich etwas vorlese.",
    "el": "Γεια σας. Έτσι ακούγεται η φωνή μου.",
    "en": "Hello. This is how my voice sounds when I read something to you.",
    "es": "Hola. Así suena mi voz cuando leo en voz alta.",
    "fi": "Hei. Tältä ääneni kuulostaa.",
    "fr": "Bonjour. Voici ma voix quand je lis à haute voix.",
    "he": "שלום. כך נשמע הקול שלי.",
    "hi": "नमस्ते। मेरी आवाज़ ऐसी है।",
    "it": "Ciao. Ecco come suona la mia voce quando leggo.",
    "ja": "こんにちは。これが私の声です。",
    "ko": "안녕하세요. 이것이 제 목소리입니다.",
    "ms": "Helo. Beginilah bunyi suara saya.",
    "nl": "Hallo. Zo klinkt mijn stem als ik voorlees.",
    "no": "Hei. Slik høres stemmen min ut når jeg leser høyt.",
    "pl": "Cześć. Tak brzmi mój głos, kiedy czytam.",
    "pt": "Olá. É assim que soa a minha voz.",
    "ru": "Здравствуйте. Так звучит мой голос.",
    "sv": "Hej. Så här låter min röst när jag läser högt.",
    "sw": "Habari. Hivi ndivyo sauti yangu inavyosikika.",
    "tr": "Merhaba. Sesim böyle duyuluyor.",
    "zh": "你好。这就是我的声音。",
}
_ALIASES = {"auto": DEFAULT, "cmn": "zh", "iw": "he", "nb": "no", "nn": "no", "zsm": "ms"}


def known_language(tag: str | None) -> str:
    """Find the model's code for a tag like ``de``, ``pt-BR`` or ``zh_CN``; none means English.

    Raises ``EngineError`` for a language that it does not speak.
    """
    wanted = (tag or DEFAULT).strip().lower().replace("_", "-").partition("-")[0]
    code = _ALIASES.get(wanted, wanted)
    if code not in SAMPLES:
        raise EngineError(
            f"This voice model does not speak {tag!r:.40}. It speaks {', '.join(SAMPLES)}."
        )
    return code

"""Loads Chatterbox from the folder of its weights, without a download that nobody asked for."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from worker.engines import memory, weights
from worker.engines.chatterbox.speaker import ChatterboxSpeaker
from worker.engines.interface import EngineError, ModelUnavailable
from worker.engines.table import Model

T3_FILE, TOKENIZER_FILE = "t3_mtl23ls_v2.safetensors", "grapheme_mtl_merged_expanded_v1.json"
CANGJIE_FILE = "Cangjie5_TC.json"
FILES = (T3_FILE, "s3gen.pt", "ve.pt", TOKENIZER_FILE, CANGJIE_FILE)


def load(chosen: Model) -> ChatterboxSpeaker:
    """Find the weights, load them, and say a word.

    Raises ``EngineError`` where that cannot be.
    """
    folder = weights.find(chosen, T3_FILE, files=FILES)
    too_little = (
        f"This worker's GPU has too little memory for {chosen.label},"
        f" which takes about {chosen.memory_gb:g} GB."
    )
    with memory.bounded(too_little):
        speaker = ChatterboxSpeaker(_loaded(folder, chosen))
        speaker.warm_up()
    return speaker


def _loaded(folder: Path, chosen: Model) -> Any:
    _without_a_download_by_pkuseg()
    import huggingface_hub.constants as hub
    import perth

    if perth.PerthImplicitWatermarker is None:
        # Speech without the mark is nothing that this engine hands out.
        raise EngineError("The watermark of this worker cannot be loaded. Its operator is needed.")
    from chatterbox.mtl_tts import ChatterboxMultilingualTTS

    asked, hub.HF_HUB_OFFLINE = hub.HF_HUB_OFFLINE, True
    try:
        tts = ChatterboxMultilingualTTS.from_local(folder, memory.device())
    except FileNotFoundError as error:
        raise ModelUnavailable(
            f"The weights of {chosen.label} are not whole. The worker's operator has to add them."
        ) from error
    finally:
        hub.HF_HUB_OFFLINE = asked
    _teach_chinese(tts.tokenizer.cangjie_converter, folder / CANGJIE_FILE)
    return tts


def _without_a_download_by_pkuseg() -> None:
    """Chinese is spoken without word borders where the image lacks their model.

    The package would fetch it from a code host at each cold start, and fail without it.
    """
    home = Path(os.environ.get("PKUSEG_HOME") or Path.home() / ".pkuseg")
    if not (home / "spacy_ontonotes.zip").exists():
        sys.modules["spacy_pkuseg"] = None  # type: ignore[assignment] # how Python marks a package as absent


def _teach_chinese(converter: Any, file: Path) -> None:
    """How characters are spelled, from the weights' folder: the package looks for it online."""
    if converter.word2cj or not file.is_file():
        return
    for entry in json.loads(file.read_text("utf-8")):
        word, code = entry.split("\t")[:2]
        converter.word2cj[word] = code
        converter.cj2word.setdefault(code, []).append(word)

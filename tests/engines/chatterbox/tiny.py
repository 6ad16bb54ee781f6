"""Chatterbox with random weights, small where its package lets it be: a folder as from the hub."""

import json

import torch
from chatterbox.models.s3gen import S3Gen
from chatterbox.models.t3 import T3, llama_configs
from chatterbox.models.t3.modules.t3_config import T3Config
from chatterbox.models.voice_encoder import VoiceEncoder
from safetensors.torch import save_file
from tokenizers import Tokenizer, models

LETTERS = "abcdefghijklmnopqrstuvwxyz.,!?'"
LANGUAGES = ("en", "de", "zh")
CANGJIE = ["你\tonf", "好\tvnd", "妤\tvnd"]


def build(folder):
    """Write all files that the package loads."""
    # Fourteen layers, because the package looks into the last of them for where the text is.
    llama_configs.LLAMA_CONFIGS["Llama_520M"].update(num_hidden_layers=14, intermediate_size=64)
    torch.manual_seed(1)
    save_file(T3(T3Config.multilingual()).state_dict(), folder / "t3_mtl23ls_v2.safetensors")
    torch.save(S3Gen().state_dict(), folder / "s3gen.pt")
    torch.save(VoiceEncoder().state_dict(), folder / "ve.pt")
    tokenizer().save(str(folder / "grapheme_mtl_merged_expanded_v1.json"))
    (folder / "Cangjie5_TC.json").write_text(json.dumps(CANGJIE), "utf-8")


def tokenizer():
    known = {"[STOP]": 0, "[UNK]": 1, "[SPACE]": 2, "[START]": 255}
    known |= {letter: 10 + number for number, letter in enumerate(LETTERS)}
    known |= {f"[{language}]": 300 + number for number, language in enumerate(LANGUAGES)}
    known |= {f"[cj_{letter}]": 400 + number for number, letter in enumerate(LETTERS)}
    made = Tokenizer(models.BPE(vocab=known, merges=[], unk_token="[UNK]"))
    made.add_special_tokens([name for name in known if name.startswith("[")])
    return made

from local.stack.announcement import public_prices, ready_text
from local.stack.firebase_config import load_firebase_config
from local.stack.options import parse_options
from local.stack.ports import stack_ports

OPTIONS = parse_options(["--data-dir", "none"], {})
PORTS = stack_ports(load_firebase_config(OPTIONS.root), 0)


def test_with_a_key_it_says_where_media_are_made_and_what_they_cost():
    keyed = parse_options(["--data-dir", "none"], {"RUNPOD_API_KEY": "rpa_mine"})
    text = ready_text(keyed, PORTS, 9, "https://api.runpod.ai/v2")

    assert "RunPod     https://api.runpod.ai/v2, with your key" in text
    assert "paid from your account there: " in text
    assert "make example" in text
    assert "rpa_mine" not in text


def test_without_a_key_nothing_is_said_of_money():
    text = ready_text(OPTIONS, PORTS, 9, "http://127.0.0.1:8900/v2")

    assert "RunPod     http://127.0.0.1:8900/v2\n" in text
    assert "paid" not in text


def test_who_starts_the_local_runpod_alone_is_told_how_the_emulators_start():
    alone = parse_options(["--only", "runpod"], {})
    assert 'eval "$(make env)" && firebase emulators:start' in ready_text(alone, PORTS, 3)
    # Their ports are those of firebase.json, whatever the offset here.
    moved = parse_options(["--only", "runpod", "--port-offset", "100"], {})
    assert "emulators:start" not in ready_text(moved, PORTS, 3)


def test_prices_are_those_of_the_public_defaults(tmp_path):
    table = tmp_path / "models.toml"
    table.write_text(
        '[models.own]\nlabel = "Own"\ndialect = "firepod"\ndefault_for = ["text2img"]\n'
        '[models.fast]\nlabel = "Fast"\ndialect = "public"\ndefault_for = ["text2img"]\n'
        'price = { usd = 0.0024, per = "megapixel" }\n'
        '[models.dear]\nlabel = "Dear"\ndialect = "public"\nprice = { usd = 1, per = "picture" }\n'
    )

    assert public_prices(table) == ["Fast: $0.0024 per megapixel"]

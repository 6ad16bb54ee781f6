"""Run one job here without RunPod and Firebase: `python test_cloud_local.py`.

Shows that the worker works and falls back to base64. Exit code 1 if it does not.
"""

import asyncio
import base64
import sys
from pathlib import Path

REQUEST = {
    "task_type": "text2img",
    "prompt": "A futuristic city skyline at sunset",
    "width": 512,
    "height": 512,
}
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Make a picture and say what came back."""
    from worker.engines import load_engine
    from worker.run import Surroundings, run_job

    around = Surroundings(load_engine(), None, lambda _job, _progress: None, lambda *_: None)
    answer = asyncio.run(run_job({"id": "local", "input": REQUEST}, around))
    images = answer.get("images", [])
    if len(images) != 1 or not base64.b64decode(images[0]).startswith(b"\x89PNG"):
        sys.stderr.write(f"Failed: {answer.get('error', 'no picture came back')}\n")
        return 1
    shown = {name: value for name, value in answer.items() if name not in {"images", "image_url"}}
    sys.stdout.write(f"OK: one picture of {len(images[0])} base64 characters; {shown}\n")
    return 0


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "functions")]
    try:
        sys.exit(main())
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing. Run `make install`, then use .venv/bin/python.")

"""Run a picture and a video into Firebase: `python test_cloud_storage.py`.

Needs what the worker needs: FIREBASE_SERVICE_ACCOUNT_KEY and FIREBASE_STORAGE_BUCKET, or the
emulators' variables and the bucket. Exit code 1 if a result did not reach Storage.
"""

import asyncio
import sys
import uuid
from pathlib import Path
from typing import Any

REQUESTS = (
    {"task_type": "text2img", "prompt": "A futuristic city skyline at sunset", "num_images": 2},
    {"task_type": "text2video", "prompt": "A majestic eagle soaring through mountain peaks"},
)
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Make both and print their URLs."""
    from worker.engines import load_engine
    from worker.firebase import connect
    from worker.firebase_key import BadFirebaseSetup
    from worker.run import Surroundings, run_job

    try:
        firebase = connect()
    except BadFirebaseSetup as error:
        sys.stderr.write(f"Failed: {error}\n")
        return 1
    if firebase is None:
        sys.stderr.write(
            "Failed: no Firebase is set up here. Set FIREBASE_SERVICE_ACCOUNT_KEY and"
            " FIREBASE_STORAGE_BUCKET, as worker/README.md says. `python test_cloud_local.py` needs"
            " neither.\n"
        )
        return 1
    said: list[str] = []
    around = Surroundings(
        load_engine(), firebase, lambda _job, _progress: None, lambda line, _job: said.append(line)
    )
    failed = False
    for request in REQUESTS:
        own = {"user_id": "test", "file_uid": str(uuid.uuid4()), "use_cloud_storage": True}
        job = {"id": str(uuid.uuid4()), "input": {**request, **own}}
        answer = asyncio.run(run_job(job, around))
        urls = _urls(answer)
        failed |= not urls
        why = answer.get("error") or "; ".join(said) or "it came back as base64"
        lines = urls or [f"Failed: {why}"]
        sys.stdout.write("\n".join([f"{request['task_type']}:", *lines, ""]))
    if not failed:
        sys.stdout.write("OK: all of it is in Storage and in Firestore, of the user `test`.\n")
    return int(failed)


def _urls(answer: dict[str, Any]) -> list[str]:
    """The URLs of an answer, none where one file of it has none."""
    found = [*answer.get("images", []), *filter(None, [answer.get("video_url")])]
    return found if all(one.startswith("http") for one in found) else []


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "functions")]
    try:
        sys.exit(main())
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is missing. Run `make install`, then use .venv/bin/python.")

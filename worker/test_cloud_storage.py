"""Run a picture and a video into Firebase: `python -m worker.test_cloud_storage`.

Needs what the worker needs: FIREBASE_SERVICE_ACCOUNT_KEY and FIREBASE_STORAGE_BUCKET, or the
emulators' variables and the bucket. Exit code 1 if a result did not reach Storage.
"""

import asyncio
import sys
import uuid

from worker.engines import load_engine
from worker.firebase import BadFirebaseSetup, connect
from worker.run import Surroundings, run_job

REQUESTS = (
    {"task_type": "text2img", "prompt": "A futuristic city skyline at sunset", "num_images": 2},
    {"task_type": "text2video", "prompt": "A majestic eagle soaring through mountain peaks"},
)


def main() -> int:
    """Make both and print their URLs."""
    try:
        firebase = connect()
    except BadFirebaseSetup as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if firebase is None:
        sys.stderr.write("No Firebase is configured; see worker/README.md.\n")
        return 1
    around = Surroundings(load_engine(), firebase, lambda _job, _progress: None, lambda *_: None)
    failed = False
    for request in REQUESTS:
        own = {"user_id": "test", "file_uid": str(uuid.uuid4()), "use_cloud_storage": True}
        job = {"id": str(uuid.uuid4()), "input": {**request, **own}}
        answer = asyncio.run(run_job(job, around))
        urls = [*answer.get("images", []), *filter(None, [answer.get("video_url")])]
        failed |= not urls or not all(url.startswith("http") for url in urls)
        lines = urls or [answer.get("error", "nothing came back")]
        sys.stdout.write("\n".join([f"{request['task_type']}:", *lines, ""]))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

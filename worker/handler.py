"""The RunPod worker: `python -m worker.handler`, with RunPod's environment around it."""

import os
import sys
from typing import Any

import runpod
from runpod.serverless.modules.rp_logger import RunPodLogger

from worker.engines import DEFAULT, UnknownEngine, Unready, load_engine
from worker.firebase import Firebase, connect
from worker.firebase_key import BadFirebaseSetup
from worker.health import note_ready
from worker.meaning import UnknownMediaType, endpoint_media_type
from worker.run import Surroundings, run_job
from worker.uncaught import places, tell_in_lines

runpod_log = RunPodLogger()


def _surroundings() -> Surroundings:
    hosts = os.environ.get("FIREPOD_DOWNLOAD_HOSTS", "").split(",")
    firebase = _firebase()  # first: what is set up wrongly is told before a model is loaded
    engine = load_engine(os.environ.get("FIREPOD_ENGINE") or DEFAULT)
    if isinstance(engine, Unready):
        runpod_log.error(f"The engine cannot begin. {engine.told()}")
    return Surroundings(
        engine=engine,
        firebase=firebase,
        tell=_tell,
        log=runpod_log.info,
        download_hosts=frozenset(host for host in map(str.strip, hosts) if host),
        media_type=endpoint_media_type(
            os.environ.get("FIREPOD_MEDIA_TYPE", ""), os.environ.get("RUNPOD_ENDPOINT_ID", "")
        ),
    )


def _firebase() -> Firebase | None:
    firebase = connect()
    runpod_log.info(
        "Results go to Firebase." if firebase else "Results are returned: no Firebase here."
    )
    return firebase


def _tell(job: dict[str, Any], progress: float) -> None:
    runpod.serverless.progress_update(job, {"progress": round(progress, 3)})


def main() -> None:
    """Load the engine once, then work until RunPod stops the worker."""
    tell_in_lines(runpod_log.error)
    try:
        around = _surroundings()
    except (UnknownEngine, UnknownMediaType, BadFirebaseSetup) as error:
        sys.exit(f"worker: {error}")

    async def handler(job: dict[str, Any]) -> dict[str, Any]:
        return await run_job(job, around)

    note_ready()
    try:
        runpod.serverless.start({"handler": handler})
    except Exception as error:  # noqa: BLE001 (the SDK would print it with its traceback)
        sys.exit(f"worker: RunPod's SDK ended with {type(error).__name__} at {places(error)}")


if __name__ == "__main__":
    main()

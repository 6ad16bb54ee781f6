"""Generations that their workers have finished and of which nobody here has heard.

Written past the functions, as an outage would leave them: documents and jobs in Firestore, files in
Storage as a worker without credentials puts them there. RunPod keeps a job for half an hour and has
forgotten these; a look costs the same whether it hears that or COMPLETED, since it takes what is in
Storage either way.
"""

import asyncio
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, TypeVar

import aiohttp
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from PIL import Image

from firepod.adapters import documents
from firepod.adapters.stored_objects import TOKEN_KEY
from firepod.domain.generation import Generation, Job, Phase, Status
from firepod.domain.quota import Quota
from firepod.kinds import registry
from firepod.kinds.catalog import parse_request
from firepod.kinds.validation import Request
from local.stack.child import RunningStack

_T = TypeVar("_T")

_OF_EACH_USER = 4  # MAX_ACTIVE_PER_USER as deployed
_IN_ONE_COMMIT = 400
_BOUNDARY = "lost-and-found"
_UPLOADS_AT_A_TIME = 16
_TASK = {"task_type": "text2img", "prompt": "a lighthouse at dusk", "width": 256, "height": 256}


@dataclass(frozen=True, slots=True)
class Lost:
    """Those generations on a stack."""

    client: firestore.Client
    generations: tuple[Generation, ...]

    def left(self) -> int:
        """How many still have their job, which goes in the commit that ends the generation."""
        mine = FieldFilter("endpoint_id", "==", _ENDPOINT)
        query: Any = self.client.collection("jobs").where(filter=mine).count("left")
        return int(query.get()[0][0].value)

    def statuses(self) -> dict[str, int]:
        """How many generations have each status."""
        found: dict[str, int] = {}
        for some in _some(self.generations):
            refs = [self.client.document(one.ref.path) for one in some]
            for snapshot in self.client.get_all(refs, ["status"]):
                status = snapshot.get("status")
                found[status] = found.get(status, 0) + 1
        return found


_ENDPOINT = "lost"  # unknown to the local RunPod, as jobs are that it has forgotten


def lose(stack: RunningStack, number: int) -> Lost:
    """Put `number` of them there; they became due ten minutes ago, when the outage began."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = stack.environment["FIRESTORE_EMULATOR_HOST"]
    client = firestore.Client(project=stack.project)
    began = datetime.now(UTC) - timedelta(minutes=10)
    request = parse_request(_TASK)
    made = [_generation(f"lost-{one // _OF_EACH_USER}", request, began) for one in range(number)]
    jobs = [_job(one, began) for one in made]
    asyncio.run(_upload(stack, jobs))
    for some in _some(list(zip(made, jobs, strict=True))):
        batch = client.batch()
        for generation, job in some:
            document = documents.generation_document(generation)
            batch.set(client.document(generation.ref.path), document)
            batch.set(client.document(f"jobs/{job.file_uid}"), documents.job_document(job))
        batch.commit()
    for first in range(0, number, _OF_EACH_USER):
        mine = jobs[first : first + _OF_EACH_USER]
        leases = {job.lease: job.deadline_at for job in mine}
        quota = Quota(leases, f"{began:%Y-%m-%d}", len(mine))
        path = f"quotas/{mine[0].user_id}"
        client.document(path).set(documents.quota_document(quota))
    return Lost(client, tuple(made))


def _generation(user_id: str, request: Request, began: datetime) -> Generation:
    return Generation(
        user_id=user_id,
        media_type=registry.task(request.task_type).media_type,
        file_uid=str(uuid.uuid4()),
        task_type=request.task_type,
        request_data=request.recorded(),
        created_at=began,
        modified=began,
        status=Status.PROCESSING,
    )


def _job(one: Generation, began: datetime) -> Job:
    return Job(
        user_id=one.user_id,
        media_type=one.media_type,
        file_uid=one.file_uid,
        attempt=one.attempt,
        phase=Phase.SUBMITTED,
        endpoint_id=_ENDPOINT,
        outputs=registry.task_of(one).outputs(one.ref, one.request_data, began),
        created_at=began,
        check_at=began,
        deadline_at=began + timedelta(hours=1),
        runpod_job_id=f"lost-{one.file_uid}",
        claim=uuid.uuid4().hex,
    )


async def _upload(stack: RunningStack, jobs: Sequence[Job]) -> None:
    """Each output, with what the URL fixes that a worker of this machine is given."""
    file = BytesIO()
    Image.new("RGB", (256, 256), "navy").save(file, "PNG")
    url = f"{stack.environment['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/{stack.bucket}/o"
    gate = asyncio.Semaphore(_UPLOADS_AT_A_TIME)
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:

        async def put(job: Job) -> None:
            for output in job.outputs:
                labels = {
                    "owner": job.user_id,
                    "attempt": str(job.attempt),
                    TOKEN_KEY: str(uuid.uuid4()),
                }
                about = {
                    "name": output.path,
                    "contentType": output.content_type,
                    "metadata": labels,
                }
                body = _related(json.dumps(about).encode(), file.getvalue(), output.content_type)
                query = {"uploadType": "multipart", "name": output.path}
                kind = {"Content-Type": f"multipart/related; boundary={_BOUNDARY}"}
                async with gate, http.post(url, params=query, data=body, headers=kind) as answer:
                    answer.raise_for_status()

        for job in jobs:
            group.create_task(put(job))


def _related(about: bytes, data: bytes, content_type: str) -> bytes:
    """Metadata and bytes in one body, with no other headers than Storage's own client sends."""
    line = f"--{_BOUNDARY}"
    head = f"{line}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n".encode()
    middle = f"\r\n{line}\r\ncontent-type: {content_type}\r\n\r\n".encode()
    return head + about + middle + data + f"\r\n{line}--".encode()


def _some(many: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for first in range(0, len(many), _IN_ONE_COMMIT):
        yield many[first : first + _IN_ONE_COMMIT]

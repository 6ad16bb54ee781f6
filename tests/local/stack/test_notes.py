"""What the functions do is told to the local RunPod's feed."""

import asyncio

import aiohttp

from local.runpod.server import LocalRunPod
from local.stack.log_lines import read_line
from local.stack.notes import Notes

LINES = (
    'i  functions: Beginning execution of "us-central1-generate"',
    "i  functions: Loaded environment variables from .env",
    '>  {"event": "queued", "message": "Queued.", "file_uid": "f1", "logging.googleapis.com/t": 1}',
    ">  a line of no form",
    'i  functions: Finished "us-central1-generate" in 12.5ms',
)


def test_runs_of_functions_and_entries_of_their_log_are_passed_on_in_order():
    told = asyncio.run(_told())

    assert [(one["kind"], one["text"].split(" in 12")[0]) for one in told] == [
        ("note", 'Beginning execution of "us-central1-generate"'),
        ("note", "Queued. file_uid=f1"),
        ("note", 'Finished "us-central1-generate"'),
    ]
    assert told[1]["entry"] == {"event": "queued", "message": "Queued.", "file_uid": "f1"}


async def _told():
    notes = Notes()
    notes.hear(read_line("firebase", LINES[0]))  # before anybody takes them
    async with (
        LocalRunPod(["ep"]) as runpod,
        aiohttp.ClientSession() as http,
        notes.passed_on(http, int(runpod.origin.rpartition(":")[2])),
        asyncio.timeout(10),
    ):
        for line in LINES[1:]:
            notes.hear(read_line("firebase", line))
        notes.hear(read_line("runpod", '[image-1] {"message": "A worker speaks."}'))
        last, told = 0, []
        while len(told) < 3:
            await runpod.cloud.feed.wait(last, 5)
            told += runpod.cloud.feed.after(last)
            last = told[-1]["id"]
    return told

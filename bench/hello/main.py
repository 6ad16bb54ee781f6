"""The least that functions on firebase_functions can be: what every cold start pays.

The other two do what a first `sweep` and a first `generate` cannot do without, and nothing else.
"""

import os

from firebase_functions import https_fn
from flask import Request, Response


@https_fn.on_request()
def hello(_request: Request) -> Response:
    """Answer."""
    return Response("hello\n")


@https_fn.on_request()
def question(_request: Request) -> Response:
    """Ask Firestore once."""
    from google.cloud import firestore

    database = firestore.Client(project=os.environ["GCLOUD_PROJECT"])
    due = firestore.FieldFilter("check_at", "<=", 1)
    return Response(f"{len(database.collection('jobs').where(filter=due).limit(1).get())}\n")


@https_fn.on_request()
def job(_request: Request) -> Response:
    """Read, write, call RunPod, and write its id."""
    import requests
    from google.cloud import firestore

    database = firestore.Client(project=os.environ["GCLOUD_PROJECT"])
    document = database.collection("least").document()
    document.get()
    document.create({"status": "queued"})
    answer = requests.post(
        f"{os.environ['RUNPOD_BASE_URL']}/{os.environ['RUNPOD_IMAGE_ENDPOINT_ID']}/run",
        json={"input": {}},
        headers={"Authorization": f"Bearer {os.environ['RUNPOD_API_KEY']}"},
        timeout=10,
    )
    answer.raise_for_status()
    document.update({"job": answer.json()["id"]})
    return Response("started\n")

"""`main.api` in-process, called as functions-framework calls it, on a backend of fakes."""

import base64
import json
import threading
from dataclasses import replace

import flask
from werkzeug.test import Client

import main
from firepod import wiring
from firepod.domain.generation import GenerationRef, MediaType
from tests.fakes.worker import FakeRun

PROJECT = "demo-firepod"


def wsgi(environ, start_response):
    return main.api(flask.Request(environ))(environ, start_response)


def token_of(user_id, **claims):
    """An ID token as the Auth emulator makes it: unsigned."""
    header = {"alg": "none", "typ": "JWT"}
    payload = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": user_id,
        "user_id": user_id,
        "auth_time": 1_700_000_000,
        "iat": 1_700_000_000,
        "exp": 4_000_000_000,
        **claims,
    }
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()) for one in (header, payload)]
    return b".".join(part.rstrip(b"=") for part in parts).decode() + "."


class Service:
    """The API as one user after the other sees it; the test is the worker."""

    def __init__(self, backend):
        self.backend = backend
        wiring.use(backend)
        self.client = Client(wsgi)

    def call(self, method, path, *, user="ann", headers=None, **arguments):
        sent = dict(headers or {})
        if user is not None:
            sent.setdefault("Authorization", f"Bearer {token_of(user)}")
        return self.client.open(path, method=method, headers=sent, **arguments)

    def get(self, path, **arguments):
        return self.call("GET", path, **arguments)

    def post(self, path, **arguments):
        return self.call("POST", path, **arguments)

    def delete(self, path, **arguments):
        return self.call("DELETE", path, **arguments)

    def limited(self, **limits):
        """From now on with other limits."""
        self.with_settings(limits=replace(self.backend.settings.limits, **limits))

    def with_settings(self, **settings):
        """From now on with other parameters."""
        changed = replace(self.backend.settings, **settings)
        self.backend = replace(self.backend, settings=changed)
        wiring.use(self.backend)

    def work(self):
        """Finish every job that RunPod has."""
        for run in self._runs():
            run.complete()

    def fail(self, sentence):
        """Fail every job that RunPod has."""
        for run in self._runs():
            run.fail(sentence)

    def meanwhile(self, act):
        """Do something as soon as RunPod has a job, while a call waits."""
        stop = threading.Event()

        def when_there_is_a_job():
            while not stop.wait(0.01):
                if self._waiting():
                    act()
                    return

        thread = threading.Thread(target=when_there_is_a_job, daemon=True)
        thread.start()
        return thread, stop

    def generation(self, media_type, file_uid, user="ann"):
        return self.backend.store.find(GenerationRef(user, MediaType(media_type), file_uid))

    def _waiting(self):
        return [job for job in list(self.backend.gpu.jobs.values()) if not job.status.ended]

    def _runs(self):
        runs = [
            FakeRun(self.backend, job, f"run-{job.job_id}", "credentials")
            for job in self._waiting()
        ]
        return [run for run in runs if run.begin()]

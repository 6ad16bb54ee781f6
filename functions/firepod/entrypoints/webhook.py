"""`runpodwebhook`: RunPod's callbacks, and what its workers ask (docs/contract.md, 5).

RunPod waits about two seconds and calls at most twice again, ten seconds apart, so the answer comes
soon, and is not 200 only where another call can help. The URL of the callbacks is the job's own: a
worker without credentials claims its attempt at `{url}/claim` and reports at `{url}/progress`.
"""

from contextlib import nullcontext

from firebase_functions import https_fn, options
from flask import Request, Response, jsonify

from firepod import logs, wiring
from firepod.entrypoints.places import Places
from firepod.entrypoints.wire import HTTP_STATUS, told, whole_body
from firepod.ports import Backend
from firepod.protocol import tokens
from firepod.protocol.asks import NotWorkers, parse_ask
from firepod.protocol.runpod import NotRunpod, parse_report, without_media

# /run bodies are at most 10 MB, results 20 MB, and a callback echoes both.
MAX_BODY_BYTES = 31_000_000
# A preview is 8 KiB at most, and a third more as base64.
MAX_ASK_BYTES = {"claim": 4096, "progress": 16_384}
SMALL_BYTES = 1_000_000
# Large bodies are taken two at a time; RunPod hangs up after about two seconds and calls again.
LARGE = Places(2, each=2, queue=8)
LARGE_PATIENCE_SECONDS = 1.5


@https_fn.on_request(timeout_sec=60, memory=options.MemoryOption.GB_1, concurrency=16)
def runpodwebhook(request: Request) -> Response:
    """Take one callback."""
    try:
        answer = _handle(request)
    except Exception as error:  # noqa: BLE001 (no text of an error may leave the function)
        shown = told(error, "runpodwebhook")
        status = HTTP_STATUS[shown.code]
        answer = _answer(404 if status == 404 else 503, shown.message)
    if answer.status_code not in {200, 405}:
        reason = answer.get_data(as_text=True).strip()
        logs.callback_rejected(answer.status_code, reason, _parts(request.path)[1])
    return answer


def _handle(request: Request) -> Response:
    if request.method != "POST":
        return _answer(405, "Only POST.", {"Allow": "POST"})
    if request.content_length is None:
        return _answer(400, "A Content-Length is needed.")
    url, ask = _parts(request.path)
    if request.content_length > MAX_ASK_BYTES.get(ask, MAX_BODY_BYTES):
        return _answer(413, "The body is too large.")
    large = request.content_length > SMALL_BYTES
    backend = wiring.backend()
    try:
        who = tokens.verify(
            url.rpartition("/")[2], backend.settings.webhook_keys, backend.clock.now()
        )
    except tokens.BadToken:
        return _answer(401, "The token is not valid.")
    if ask:
        return _asked(backend, who, ask, request.get_data())
    with LARGE.held("", LARGE_PATIENCE_SECONDS) if large else nullcontext(True) as held:
        if not held:
            return _answer(503, "Too many large bodies at once.")
        try:
            report = without_media(parse_report(whole_body(request)))
        except NotRunpod:
            return _answer(400, "Not a body of RunPod's.")

    from firepod.usecases.callback import callback

    callback(backend, who, report)
    return _answer(200, "OK")


def _parts(path: str) -> tuple[str, str]:
    """The job's URL, and what is asked there: claim, progress, or "" for a callback."""
    url, _, ask = path.strip("/").rpartition("/")
    return (url, ask) if ask in MAX_ASK_BYTES else (path.strip("/"), "")


def _asked(backend: Backend, who: tokens.Callback, ask: str, body: bytes) -> Response:
    """Answer a worker; whatever it is told of its job is 200."""
    try:
        asked = parse_ask(body)
    except NotWorkers:
        return _answer(400, "Not a body of a worker's.")

    if ask == "claim":
        from firepod.usecases.claim import claim

        return jsonify(claim(backend, who, asked.job_id, asked.claim).body())

    from firepod.usecases.progress import progress

    answer = progress(backend, who, asked.claim, asked.progress, asked.preview)
    return jsonify(answer.body())


def _answer(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(text + "\n", status, headers, mimetype="text/plain")

"""`firepod`: our own worker (worker/), which is told everything and delivers by itself."""

import json
from typing import Any

from firepod.domain.generation import ErrorCode, Output, UploadUrl
from firepod.domain.thumbs import thumbs
from firepod.protocol.dialects.values import Ask, Dialect, Failure, Made, Own, Packed, Told

_TOLD_BY_OUTPUTS = frozenset({"output_format"})


def to_input(ask: Ask) -> dict[str, Any]:
    """The input of /run (docs/contract.md, 5).

    The upload URLs map the path of an output or a thumb to where a worker without credentials
    puts it, the ask's inputs a field of the request (`init_image`, `audio`, `profile`) to where
    such a worker gets it. The job's own URL, at which it claims and reports, stands in the
    outputs, and so do thumbs and the price of a second, as plain texts: workers of an older image
    read what they know there, but refuse a new field of the input.
    So the format of the results is told by their content types alone.
    """
    own = ask.own
    if own is None:
        msg = "our own worker is told whose job it is"
        raise ValueError(msg)
    generation = own.generation
    told = {
        "task_type": generation.task_type,
        "user_id": generation.user_id,
        "file_uid": generation.file_uid,
        "media_type": str(generation.media_type),
        "attempt": generation.attempt,
        "use_cloud_storage": True,
        "outputs": _outputs(own),
        "media_urls": own.media_urls,
        "retention_days": own.retention_days,
    }
    if ask.inputs:
        told["download_urls"] = dict(ask.inputs)
    return {k: v for k, v in ask.request.items() if k not in _TOLD_BY_OUTPUTS} | told


def read(told: Told) -> Made | Failure:
    """The files of a base64 answer; of what the worker uploads there is nothing in it."""
    output = told.output
    if not isinstance(output, dict):
        return Failure(ErrorCode.OUTPUT_MISSING if output is None else ErrorCode.OUTPUT_INVALID)
    texts = [text for text in told.texts(output) if text]
    if not texts:
        return Failure(ErrorCode.OUTPUT_MISSING)
    return Made(tuple(Packed(text) for text in texts))


def _outputs(own: Own) -> list[dict[str, Any]]:
    urls, job, price = own.upload_urls, own.job, own.usd_per_second
    return [
        {"path": one.path, "content_type": one.content_type, "job_url": own.webhook}
        | ({} if price is None else {"usd_per_second": f"{price:.10g}"})
        | (_upload(urls[one.path]) if one.path in urls else {})
        | (_thumb(thumb, urls.get(thumb.path)) if thumb else {})
        for one, thumb in zip(job.outputs, thumbs(job.ref, job.outputs), strict=True)
    ]


def _upload(target: UploadUrl) -> dict[str, Any]:
    return {"upload_url": target.url, "upload_headers": target.headers}


def _thumb(thumb: Output, target: UploadUrl | None) -> dict[str, str]:
    if target is None:
        return {"thumb_path": thumb.path}
    return {
        "thumb_path": thumb.path,
        "thumb_upload_url": target.url,
        "thumb_upload_headers": json.dumps(target.headers),
    }


DIALECT = Dialect(name="firepod", to_input=to_input, read=read, ours=True)

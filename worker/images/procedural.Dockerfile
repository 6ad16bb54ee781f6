# The worker with the engine that needs no GPU. From the repository's root: make worker-image ENGINE=procedural
FROM python:3.11.13-slim-bookworm

# What decodes strangers' files runs as a user of its own, who may write in the work folder only. The number is fixed, so that
# a volume can be given to it.
RUN useradd --uid 10001 --user-group --create-home --home-dir /work --shell /usr/sbin/nologin firepod

WORKDIR /app
# PYTHONSAFEPATH: nothing is imported from the work folder.
ENV PYTHONUNBUFFERED=1 PYTHONSAFEPATH=1 PYTHONPATH=/app HOME=/work \
    FIREPOD_ENGINE=procedural FIREPOD_READY_FILE=/tmp/firepod-ready

# The list is whole, so nothing else comes along, and nothing is compiled.
COPY worker/requirements-procedural.txt requirements.txt
RUN pip install --no-cache-dir --no-deps --only-binary :all: -r requirements.txt

# The domain, the state machine and the Firestore adapter are the backend's own.
COPY functions/firepod firepod
COPY worker worker
RUN python -m compileall -q firepod worker

USER 10001:10001
WORKDIR /work
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-m", "worker.health"]

# By default no credentials come in: every job brings its own URLs. Where WORKER_DELIVERY is credentials,
# FIREBASE_SERVICE_ACCOUNT_KEY and FIREBASE_STORAGE_BUCKET come from the RunPod template, never from the image.
CMD ["python", "-m", "worker.handler"]

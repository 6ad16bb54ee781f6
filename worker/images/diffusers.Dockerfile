# The worker that makes pictures and videos on a GPU. From the repository's root: make worker-image ENGINE=diffusers
# torch brings the CUDA libraries that it was built for; the base is of the same version, which says to the machine which
# driver it needs. Weights are not in it: worker/README.md says where they come from.
FROM astral/uv:0.13.9 AS uv

FROM nvidia/cuda:13.0.1-base-ubuntu24.04

# What decodes strangers' files runs as a user of its own, who may write in the work folder only. The number is fixed, so that
# a volume can be given to it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --create-home --home-dir /work --shell /usr/sbin/nologin firepod

# The Python that all of it is tested with, whatever the base has.
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_PYTHON_INSTALL_DIR=/opt/python UV_NO_CACHE=1 VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
RUN uv venv --python 3.11.13 --managed-python /opt/venv

WORKDIR /app
# PYTHONSAFEPATH: nothing is imported from the work folder.
ENV PYTHONUNBUFFERED=1 PYTHONSAFEPATH=1 PYTHONPATH=/app HOME=/work \
    FIREPOD_ENGINE=diffusers FIREPOD_READY_FILE=/tmp/firepod-ready

# Gigabytes, which only another version of a package changes. The list is whole: nothing else comes along,
# and nothing is compiled.
COPY worker/requirements-diffusers.txt requirements.txt
RUN uv pip install --no-deps --only-binary :all: -r requirements.txt

# The domain, the state machine and the Firestore adapter are the backend's own.
COPY functions/firepod firepod
COPY worker worker
RUN python -m compileall -q firepod worker

USER 10001:10001
WORKDIR /work
HEALTHCHECK --interval=30s --timeout=10s --start-period=900s CMD ["python", "-m", "worker.health"]

# By default no credentials come in: every job brings its own URLs. Where WORKER_DELIVERY is credentials,
# FIREBASE_SERVICE_ACCOUNT_KEY and FIREBASE_STORAGE_BUCKET come from the RunPod template, never from the image.
CMD ["python", "-m", "worker.handler"]

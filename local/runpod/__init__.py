"""RunPod Serverless on one machine: the public API, the worker protocol, webhooks and faults.

`python -m local.runpod --help` starts it; `local.runpod.server.LocalRunPod` is the same for tests.
"""

"""The whole system on one machine: `python -m local.stack`, or `make start`.

The real Firebase Emulator Suite of firebase-tools and the local RunPod, started, watched and ended
as one thing.
"""

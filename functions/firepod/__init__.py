"""Firepod's backend: media made on RunPod GPUs for signed-in users of a Firebase app."""

VERSION = "0.1.0"

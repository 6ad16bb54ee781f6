"""Voices: measured from a recording, and spoken with by espeak-ng."""

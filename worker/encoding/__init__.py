"""The encoders behind ``worker.formats``: Pillow for pictures, PyAV for sound."""

"""Writes H.264 in MP4 that browsers play while it loads."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image


def write_mp4(
    path: Path, size: tuple[int, int], fps: Fraction, frames: Iterable[Image.Image]
) -> None:
    """Encode frames of ``size`` (width, height; both even, as 4:2:0 colour needs) at ``fps``.

    The index goes to the front of the file (``+faststart``,
    https://ffmpeg.org/ffmpeg-formats.html#mov_002c-mp4_002c-ismv).
    """
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        options = {
            "preset": "veryfast",
            "crf": "20",
            "profile": "high",
            "threads": "1",  # a worker may have several jobs at once
            # x264's macroblock tree gives other bytes on every run where it uses AVX-512
            "x264-params": "mbtree=0",
        }
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for index, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
            frame.pts = index
            frame.time_base = 1 / fps
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

"""A picture and a video of it, as a script or a notebook makes them.

pip install "./clients/python[progress]"
python examples/python/generate.py "a lighthouse at sunset"
"""

import argparse
import sys
from pathlib import Path

from firepod_client import Firepod, FirepodError


def main() -> int:
    """Make both, and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("prompt")
    parser.add_argument("--port-offset", type=int, default=0, help="as make start was told")
    parser.add_argument("--out", type=Path, default=Path(), help="the folder to save to")
    asked = parser.parse_args()
    with Firepod.local(port_offset=asked.port_offset) as firepod:
        try:
            picture = firepod.run({"task_type": "text2img", "prompt": asked.prompt}, progress=True)
            print(firepod.download(picture.outputs[0], asked.out))
            film = firepod.run(
                {
                    "task_type": "img2video",
                    "prompt": asked.prompt,
                    "init_image": picture.outputs[0].path,
                    "num_frames": 25,
                },
                progress=True,
            )
            print(firepod.download(film.outputs[0], asked.out))
        except FirepodError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

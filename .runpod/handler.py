"""RunPod's Hub looks for a handler here; the worker's is `worker/handler.py`."""

from worker.handler import main

if __name__ == "__main__":
    main()

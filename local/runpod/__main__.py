"""`python -m local.runpod`: see --help."""

import signal

if __name__ == "__main__":
    # Until the program has handlers of its own, Ctrl-C ends it without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    from local.runpod.program import main

    main()

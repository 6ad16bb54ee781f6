"""`python -m local.stack`: see --help."""

import signal
import sys

if __name__ == "__main__":
    # Until the program has handlers of its own, Ctrl-C ends it without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    from local.stack.program import main

    sys.exit(main())

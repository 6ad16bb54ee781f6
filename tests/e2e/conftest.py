from pathlib import Path

import pytest

from local.stack.child import RunningStack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> RunningStack:
    """A whole stack on free ports, for all tests of the session. Tests use users of their own."""
    log_dir: Path = tmp_path_factory.mktemp("stack")
    with running_stack(log_dir, "--env", "MAX_DAILY_PER_USER=1000") as ready:
        yield ready

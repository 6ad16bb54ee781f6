from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.stack.child import RunningStack, running_stack
from tests.e2e.app import User


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A whole stack on free ports, for all tests of the session. Tests use users of their own."""
    log_dir: Path = tmp_path_factory.mktemp("stack")
    with running_stack(
        log_dir,
        *("--env", "MAX_DAILY_PER_USER=1000", "--env", "RECONCILE_AFTER_SECONDS=2"),
        *("--worker-env", "FIREPOD_ENGINE=tests.e2e.troubled_engine:create"),
        *("--bell-seconds", "2"),
    ) as ready:
        yield ready


@pytest.fixture(scope="session")
def credentials_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack whose workers hold credentials: without the backend nobody gives them URLs."""
    with running_stack(
        tmp_path_factory.mktemp("credentials"),
        *("--only", "auth,functions,firestore,storage,tasks,runpod"),
        *("--env", "WORKER_DELIVERY=credentials"),
        *("--worker-env", "FIREPOD_ENGINE=tests.e2e.troubled_engine:create"),
    ) as ready:
        yield ready


@pytest.fixture
def sign_up(stack: RunningStack) -> Callable[[], User]:
    """Makes users, each a new one."""
    return lambda: User.sign_up(stack)


@pytest.fixture
def user(sign_up: Callable[[], User]) -> User:
    return sign_up()

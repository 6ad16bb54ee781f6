"""Asks all checks at once, each as soon as what it stands on is known to be well."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from tools.doctor.case import FIREBASE, Case, SignedOut
from tools.doctor.finding import Check, Finding, State, broken
from tools.doctor.project import enabling
from tools.doctor.web import FORBIDDEN, UNAUTHENTICATED, NoAnswer, Refused

SECONDS = 60.0  # for all of them together
STOPS = (State.BROKEN, State.NOT_ASKED)


def findings(
    checks: Sequence[Check], case: Case, seconds: float = SECONDS
) -> Iterator[tuple[Check, Finding]]:
    """What each says, in their order; a check that raises is a finding like any other."""
    until = time.monotonic() + seconds
    asked: dict[str, Future[Finding]] = {}
    pool = ThreadPoolExecutor(len(checks))
    try:
        for check in checks:
            stands_on = {name: asked[name] for name in check.needs if name in asked}
            asked[check.name] = pool.submit(_look, check, case, stands_on)
        for check in checks:
            try:
                yield check, asked[check.name].result(max(until - time.monotonic(), 0))
            except TimeoutError:
                yield check, broken(f"Nobody answered within {seconds:g} s.", "try again")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _look(check: Check, case: Case, stands_on: Mapping[str, Future[Finding]]) -> Finding:
    for name, finding in stands_on.items():
        if finding.result().state in STOPS:
            return Finding(State.NOT_ASKED, f"waits for {name}.")
    try:
        return check.look(case)
    except Exception as error:  # noqa: BLE001 (whatever it is, the other checks go on)
        return explained(check, case, error)


def explained(check: Check, case: Case, error: Exception) -> Finding:
    """What an exception means for who has to mend it. Nothing of its text is shown."""
    match error:
        case SignedOut():
            return broken("Nobody is signed in at Firebase.", f"{FIREBASE} login")
        case NoAnswer():
            return broken(f"{error.host} does not answer.", "try again; HTTPS_PROXY names a proxy")
        case Refused():
            return _refused(check, case, error)
    return broken(
        f"This check itself is broken ({type(error).__name__}); the others are not.",
        "tell us, as CONTRIBUTING.md says under Report",
    )


def _refused(check: Check, case: Case, refused: Refused) -> Finding:
    if refused.status == UNAUTHENTICATED:
        return broken("Google does not take the sign-in any more.", f"{FIREBASE} login --reauth")
    if refused.api_is_off:
        return broken(f"The API {refused.host} is off.", *enabling(case, [refused.host]))
    if refused.status == FORBIDDEN:
        lacking = check.role or "roles/viewer"
        if refused.reason == "USER_PROJECT_DENIED":
            lacking = "roles/serviceusage.serviceUsageConsumer"
        return broken(
            f"This account may not ask {refused.host}: it lacks {lacking}.",
            f"gcloud projects add-iam-policy-binding {case.project} --member={_member(case)}"
            f" --role={lacking} --condition=None",
        )
    return broken(
        f"{refused.host} answers {refused.status}; try again.", "https://status.cloud.google.com"
    )


def _member(case: Case) -> str:
    email = case.account.email if case.account else ""
    kind = "serviceAccount" if email.endswith(".gserviceaccount.com") else "user"
    return f"{kind}:{email or 'YOUR-EMAIL'}"

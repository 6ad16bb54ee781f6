"""Who calls: the Firebase ID token of the `Authorization` header, and App Check where enforced."""

from flask import g, request

from firepod import parameters, wiring
from firepod.domain.errors import ResourceExhausted, Unauthenticated, Unavailable
from firepod.domain.sign_in import SignIn, is_guest
from firepod.domain.users import parse_user_id
from firepod.entrypoints.rates import RATES, REFUSED
from firepod.entrypoints.sign_in import begin_check

# What may be called without signing in; `health` asks for it by itself where it matters.
OPEN_ENDPOINTS = frozenset(
    {"health.health", "docs.document", "docs.page", "docs.asset", "docs.elsewhere"}
)
# What spends nothing although it is a POST; of every other one the account is looked up.
FREE_ENDPOINTS = frozenset({"generations.cancel"})
MAX_TOKEN_CHARS = 8192


def authenticate() -> str:
    """The user id of the caller; how they are signed in is in `g.sign_in`.

    Raises:
        Unauthenticated: there is no token, or none that can be trusted.
        Unavailable: Google's keys cannot be fetched to check it.
        ResourceExhausted: this user calls too often.
    """
    from firebase_admin import app_check, auth
    from firebase_admin.exceptions import FirebaseError

    authorization = request.headers.get("Authorization", "")
    if refusal := REFUSED.again(authorization):
        raise refusal
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_CHARS:
        raise Unauthenticated("Sign in first: send your Firebase ID token as a Bearer token.")
    wiring.firebase_app()
    try:
        claims = auth.verify_id_token(token)
        user_id = parse_user_id(claims["uid"])
    except auth.CertificateFetchError as error:
        raise Unavailable("Your sign-in cannot be checked at the moment. Try again.") from error
    except (FirebaseError, ValueError):
        raise Unauthenticated("Your sign-in is not valid or has expired. Sign in again.") from None
    if parameters.ENFORCE_APP_CHECK.value:
        try:
            app_check.verify_token(request.headers.get("X-Firebase-AppCheck", ""))
        except Exception:  # noqa: BLE001 (of many kinds, and whatever it was: not verified)
            raise Unauthenticated("This app could not be verified.") from None
    per_second = wiring.backend().settings.calls_per_second
    try:
        RATES.count(user_id, per_second)
    except ResourceExhausted:
        REFUSED.note(authorization, per_second)
        raise
    if request.method == "POST" and request.endpoint not in FREE_ENDPOINTS:
        g.sign_in = begin_check(wiring.backend(), claims)
    else:
        g.sign_in = SignIn(guest=is_guest(claims))
    return user_id

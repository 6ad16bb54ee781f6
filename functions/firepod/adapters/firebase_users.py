"""Firebase Auth's accounts."""

from functools import cached_property
from typing import TYPE_CHECKING

from firepod.adapters.settled import settle
from firepod.domain.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    from firebase_admin import App, auth


class FirebaseUsers:
    """`firepod.ports.Users` on firebase_admin; None is its default app."""

    def __init__(self, app: "App | None" = None) -> None:
        self._app = app

    @cached_property
    def _client(self) -> "auth.Client":
        import firebase_admin
        from firebase_admin import auth

        client = auth.Client(self._app or firebase_admin.get_app())
        users = client._user_manager  # noqa: SLF001 (it tells no other way)
        settle(users.http_client.session, users.base_url)
        return client

    def check(self, user_id: str, issued_at: int) -> None:
        from firebase_admin import auth
        from firebase_admin.exceptions import FirebaseError
        from google.auth.exceptions import GoogleAuthError

        try:
            user = self._client.get_user(user_id)
        except auth.UserNotFoundError:
            user = None
        except (FirebaseError, GoogleAuthError) as error:
            raise Unavailable("Your sign-in cannot be checked at the moment. Try again.") from error
        # As firebase_admin's `check_revoked` has it, which would verify the token once more.
        if user is None or user.disabled or issued_at * 1000 < user.tokens_valid_after_timestamp:
            raise Unauthenticated("Your sign-in is no longer valid. Sign in again.")

"""Firebase Auth's accounts."""

from typing import TYPE_CHECKING

from firepod.domain.errors import Unauthenticated, Unavailable

if TYPE_CHECKING:
    from firebase_admin import App


class FirebaseUsers:
    """`firepod.ports.Users` on firebase_admin; None is its default app."""

    def __init__(self, app: "App | None" = None) -> None:
        self._app = app

    def check(self, user_id: str, issued_at: int) -> None:
        from firebase_admin import auth
        from firebase_admin.exceptions import FirebaseError
        from google.auth.exceptions import GoogleAuthError

        try:
            user = auth.get_user(user_id, self._app)
        except auth.UserNotFoundError:
            user = None
        except (FirebaseError, GoogleAuthError) as error:
            raise Unavailable("Your sign-in cannot be checked at the moment. Try again.") from error
        # As firebase_admin's `check_revoked` has it, which would verify the token once more.
        if user is None or user.disabled or issued_at * 1000 < user.tokens_valid_after_timestamp:
            raise Unauthenticated("Your sign-in is no longer valid. Sign in again.")

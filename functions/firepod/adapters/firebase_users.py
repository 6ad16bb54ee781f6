"""Firebase Auth's accounts."""

from firepod.errors import Unauthenticated, Unavailable

GONE = "Your sign-in is no longer valid. Sign in again."


class FirebaseUsers:
    """`firepod.ports.Users` on firebase_admin, which has to be initialized."""

    def check(self, user_id: str, issued_at: int) -> None:
        from firebase_admin import auth
        from firebase_admin.exceptions import FirebaseError
        from google.auth.exceptions import GoogleAuthError

        try:
            user = auth.get_user(user_id)
        except auth.UserNotFoundError:
            raise Unauthenticated(GONE) from None
        except (FirebaseError, GoogleAuthError) as error:
            raise Unavailable("Your sign-in cannot be checked at the moment. Try again.") from error
        # As firebase_admin's `check_revoked` compares them, which asks for the token once more.
        if user.disabled or issued_at * 1000 < user.tokens_valid_after_timestamp:
            raise Unauthenticated(GONE)

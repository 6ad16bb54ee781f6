"""What the functions' service account may do. Their roles: docs/security.md, and below why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.doctor.case import Case
from tools.doctor.finding import Check, Finding, broken, well
from tools.doctor.web import NOT_FOUND, Refused

OWNER, EDITOR, FIREBASE_ADMIN = "roles/owner", "roles/editor", "roles/firebase.admin"


@dataclass(frozen=True, slots=True)
class Right:
    """A role that the functions need, and which larger ones hold it."""

    role: str
    why: str
    held_by: tuple[str, ...] = ()

    def given(self, roles: Iterable[str]) -> bool:
        return not {self.role, *self.held_by}.isdisjoint(roles)


ON_PROJECT = (
    Right(
        "roles/datastore.user",
        "writes generations to Firestore",
        ("roles/datastore.owner", "roles/firebase.developAdmin", OWNER, EDITOR, FIREBASE_ADMIN),
    ),
    Right(
        "roles/cloudtasks.enqueuer",
        "queues dispatch and reconcile",
        ("roles/cloudtasks.admin", OWNER, EDITOR),
    ),
    Right("roles/run.invoker", "lets the queue call them", ("roles/run.admin", OWNER, EDITOR)),
    # https://cloud.google.com/build/docs/cloud-build-service-account-updates
    Right("roles/cloudbuild.builds.builder", "builds the functions", (OWNER, EDITOR)),
    Right(
        "roles/firebaseauth.viewer",
        "asks whether accounts are still good (CHECK_REVOKED)",
        ("roles/firebaseauth.admin", "roles/firebase.developAdmin", OWNER, EDITOR, FIREBASE_ADMIN),
    ),
)
ON_BUCKET = Right(
    "roles/storage.objectAdmin",
    "stores and deletes files",
    ("roles/storage.admin", "roles/firebase.developAdmin", FIREBASE_ADMIN),
)
ON_ITSELF = (
    Right("roles/iam.serviceAccountUser", "lets the queue call as itself", (OWNER, EDITOR)),
    Right("roles/iam.serviceAccountTokenCreator", "signs the URLs that workers are given"),
)


def look_at_rights(case: Case) -> Finding:
    account = case.service_account
    member = f"serviceAccount:{account}"
    # The third version is the one that shows conditions. Each API takes it in another place.
    policy = case.google.policy(
        f"https://cloudresourcemanager.googleapis.com/v1/projects/{case.project}:getIamPolicy",
        {"options": {"requestedPolicyVersion": 3}},
    )
    of_project = _roles(policy, member)
    where = f"projects/{case.project}/serviceAccounts/{account}"
    try:
        own = case.google.policy(
            f"https://iam.googleapis.com/v1/{where}:getIamPolicy?options.requestedPolicyVersion=3"
        )
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise
        return broken(
            f"The functions' account {account} is not there yet; Compute Engine makes it.",
            f"gcloud services enable compute.googleapis.com --project={case.project}",
        )
    of_itself = of_project | _roles(own, member)
    lines = [
        (right, f"gcloud projects add-iam-policy-binding {case.project}")
        for right in ON_PROJECT
        if not right.given(of_project)
    ]
    if not ON_BUCKET.given(of_project) and not _on_bucket(case, member, of_project):
        bucket = f"gs://{case.bucket_name}"
        lines.append((ON_BUCKET, f"gcloud storage buckets add-iam-policy-binding {bucket}"))
    on_itself = f"gcloud iam service-accounts add-iam-policy-binding {account}"
    lines += [
        (right, f"{on_itself} --project={case.project}")
        for right in ON_ITSELF
        if not right.given(of_itself)
    ]
    if not lines:
        return well(f"{account} has the roles that the functions need.")
    lacking = "; ".join(f"{right.role} ({right.why})" for right, _ in lines)
    # Without --condition gcloud asks, where another binding has one.
    return broken(
        f"{account} lacks {lacking}.",
        *(f"{line} --member={member} --role={right.role}{_plain(line)}" for right, line in lines),
    )


def _plain(line: str) -> str:
    return "" if line.startswith("gcloud storage") else " --condition=None"


def _roles(policy: Mapping[str, Any], member: str) -> set[str]:
    """The roles of a member; what holds under a condition may not hold when it is needed."""
    return {
        str(one.get("role"))
        for one in policy.get("bindings", [])
        if member in one.get("members", []) and not one.get("condition")
    }


def _on_bucket(case: Case, member: str, of_project: set[str]) -> bool:
    """Whether the bucket itself lets it in: by name, or as an editor of the project."""
    policy = case.google.get(
        f"https://storage.googleapis.com/storage/v1/b/{case.bucket_name}/iam"
        "?optionsRequestedPolicyVersion=3"
    )
    if ON_BUCKET.given(_roles(policy, member)):
        return True
    basic = {"projectOwner": OWNER, "projectEditor": EDITOR}
    legacy = {
        role
        for kind, held in basic.items()
        if held in of_project
        for role in _roles(policy, f"{kind}:{case.project}")
    }
    return "roles/storage.legacyBucketOwner" in legacy


CHECKS = (
    Check(
        name="roles",
        asks="the functions' service account has the roles that they need",
        look=look_at_rights,
        needs=("project", "bucket"),
        role="roles/iam.securityReviewer",
    ),
)

"""Where documents and files are kept: Firestore and the bucket."""

from typing import Any

from firepod.parameters import REGION
from firepod.settings import MediaUrls
from tools.doctor.case import Case
from tools.doctor.finding import Check, Finding, broken, note, warning, well

# Firestore's multi-regions by the regions that they are of.
# https://firebase.google.com/docs/firestore/locations
MULTI_REGIONS = {"nam5": ("us-central1", "us-central2"), "eur3": ("europe-west1", "europe-west4")}


def look_at_firestore(case: Case) -> Finding:
    where = f"projects/{case.project}/databases/(default)"
    found = case.google.find(f"https://firestore.googleapis.com/v1/{where}")
    create = case.firebase(f'firestore:databases:create "(default)" --location {REGION}')
    if found is None:
        return broken("There is no Firestore database (default).", create)
    if found.get("type") != "FIRESTORE_NATIVE":
        return broken(
            "The database (default) is in Datastore mode, where no app can listen.",
            "https://cloud.google.com/datastore/docs/firestore-or-datastore (another project,"
            " or an empty database changed to native mode)",
        )
    location = str(found.get("locationId", ""))
    if REGION not in MULTI_REGIONS.get(location, (location,)):
        return warning(
            f"Firestore is in {location} and the functions in {REGION}:"
            " each call goes there and back three times.",
            "a database cannot be moved: another project, or the functions there"
            " (docs/operation.md, The region)",
        )
    return well(f"The database (default) is in {location}, by the functions.")


def look_at_bucket(case: Case) -> Finding:
    if not case.bucket_name:
        return broken("The project has no bucket for Storage.", case.setup, case.console("storage"))
    if case.bucket is None:
        gone = f"There is no bucket {case.bucket_name}."
        return broken(gone, case.setup, case.console("storage"))
    uniform = " with uniform access" if _uniform(case) else ""
    return well(f"{case.bucket_name} is in {case.bucket.get('location', '')}{uniform}.")


def look_at_public_files(case: Case) -> Finding:
    settings = case.parameters.settings
    if settings is None or settings.media_urls is not MediaUrls.PUBLIC:
        return well("MEDIA_URLS makes no file public.")
    update = f"gcloud storage buckets update gs://{case.bucket_name}"
    token = f"MEDIA_URLS=token in {case.env_file}"
    if _uniform(case):
        return broken(
            f"MEDIA_URLS=public, and {case.bucket_name} has uniform access: no file has its own.",
            f"{update} --no-uniform-bucket-level-access",
            token,
        )
    if _access(case).get("publicAccessPrevention") == "enforced":
        return broken(
            f"MEDIA_URLS=public, and {case.bucket_name} lets nothing be public.",
            f"{update} --no-public-access-prevention",
            token,
        )
    return note("MEDIA_URLS=public: whoever has the URL of a file reads it, without signing in.")


def look_at_cors(case: Case) -> Finding:
    wanted = case.read_json("storage.cors.json")["entries"]
    have = (case.bucket or {}).get("cors", [])
    if all(any(_covers(one, rule) for one in have) for rule in wanted):
        return well("Pages may read the bytes of files, as storage.cors.json has it.")
    return warning(
        "Pages can show files but not read their bytes (getBlob): the bucket has other CORS rules.",
        f"gcloud storage buckets update gs://{case.bucket_name} --cors-file=storage.cors.json",
    )


CHECKS = (
    Check(
        name="firestore",
        asks="the database (default) is there, in native mode, near the functions",
        look=look_at_firestore,
        needs=("project",),
        role="roles/datastore.viewer",
    ),
    Check(
        name="bucket",
        asks="the project's default bucket is there",
        look=look_at_bucket,
        needs=("project",),
        role="roles/storage.bucketViewer",
    ),
    Check(
        name="public files",
        asks="the bucket's access fits MEDIA_URLS",
        look=look_at_public_files,
        needs=("bucket", "parameters"),
        role="roles/storage.bucketViewer",
    ),
    Check(
        name="cors",
        asks="the bucket's CORS rules are those of storage.cors.json",
        look=look_at_cors,
        needs=("bucket",),
        role="roles/storage.bucketViewer",
    ),
)


def _access(case: Case) -> dict[str, Any]:
    return dict((case.bucket or {}).get("iamConfiguration", {}))


def _uniform(case: Case) -> bool:
    return bool(_access(case).get("uniformBucketLevelAccess", {}).get("enabled"))


def _covers(have: Any, wanted: dict[str, Any]) -> bool:
    """Whether one rule of the bucket lets pages do all that a rule of ours does."""

    def values(rule: Any, name: str) -> set[str]:
        return {str(one).lower() for one in rule.get(name, [])}

    names = ("origin", "method", "responseHeader")
    return isinstance(have, dict) and all(values(wanted, n) <= values(have, n) for n in names)

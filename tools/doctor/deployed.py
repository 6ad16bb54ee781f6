"""What is deployed already, beside what is here. A deployment mends all of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from firepod import VERSION
from firepod.parameters import REGION
from tools.doctor.case import Case
from tools.doctor.finding import Check, Finding, broken, note, warning, well

GROUP, OWN_FIELD = 5, 7  # places in projects/P/databases/D/collectionGroups/G/fields/F
Index = tuple[str, str, tuple[tuple[str, str], ...]]  # group, scope, fields with their orders


def look_at_functions(case: Case) -> Finding:
    deployed = case.deployed
    deploy = f"make deploy PROJECT={case.project}"
    if not deployed:
        return note("Nothing is deployed yet.", deploy)
    lacking = [name for name in case.function_names if name not in deployed]
    ailing = [
        f"{name} is {one.get('state')}"
        for name, one in deployed.items()
        if one.get("state") != "ACTIVE"
    ]
    elsewhere = [
        name
        for name, one in deployed.items()
        if f"/locations/{REGION}/" not in str(one.get("name"))
    ]
    if lacking:
        return broken(f"Not deployed: {', '.join(lacking)}.", deploy)
    if ailing:
        return broken(f"{', '.join(ailing)}.", deploy, case.console("functions/logs"))
    if elsewhere:
        return broken(f"Not in {REGION}, where callers look: {', '.join(elsewhere)}.", deploy)
    return well(f"All {len(deployed)} are deployed in {REGION}.")


def look_at_indexes(case: Case) -> Finding:
    if not case.deployed:
        return note("Nothing is deployed yet; the indexes come with it.")
    mend = case.firebase("deploy --only firestore:indexes")
    here = case.read_json("firestore.indexes.json")
    groups = f"projects/{case.project}/databases/(default)/collectionGroups/-"
    root = f"https://firestore.googleapis.com/v1/{groups}"
    composite = case.google.every(f"{root}/indexes?pageSize=300", "indexes")
    fields = case.google.every(
        f"{root}/fields?pageSize=300"
        "&filter=indexConfig.usesAncestorConfig=false%20OR%20ttlConfig:*",
        "fields",
    )
    have = {_index(_part(one, GROUP), one): str(one.get("state")) for one in composite}
    for field in fields:
        path = _part(field, OWN_FIELD)
        for one in field.get("indexConfig", {}).get("indexes", []):
            have[_index(_part(field, GROUP), one, path)] = str(one.get("state"))
    wanted = [_index(one["collectionGroup"], one) for one in here["indexes"]]
    wanted += [
        _index(one["collectionGroup"], {**index, "fields": [index]}, one["fieldPath"])
        for one in here["fieldOverrides"]
        for index in one["indexes"]
    ]
    if absent := [one for one in wanted if one not in have]:
        return broken(f"Indexes are not deployed: {_told(absent)}.", mend)
    if hurt := [one for one in wanted if have[one] not in ("READY", "CREATING")]:
        return broken(f"Indexes need repair: {_told(hurt)}.", case.console("firestore/indexes"))
    if building := [one for one in wanted if have[one] == "CREATING"]:
        return warning(
            f"{len(building)} indexes are being built; their queries fail until then.",
            case.console("firestore/indexes"),
        )
    ours = {one["collectionGroup"] for one in here["indexes"] + here["fieldOverrides"]}
    deleting = sorted({_part(one, GROUP) for one in fields if one.get("ttlConfig")} & ours)
    if deleting:
        return warning(
            f"A TTL policy deletes documents of {', '.join(deleting)}, whose files then stay:"
            " RETENTION_DAYS deletes both.",
            "https://console.cloud.google.com/firestore/databases/-default-/ttl"
            f"?project={case.project}",
        )
    return well(f"All {len(wanted)} indexes are ready, and no TTL policy is on what they are of.")


def look_at_page(case: Case) -> Finding:
    if not case.deployed:
        return note("Nothing is deployed yet; the page comes with it.")
    root = str(case.site.get("defaultUrl") or f"https://{case.project}.web.app")
    deploy = f"make deploy PROJECT={case.project}"
    told = case.web.ask("GET", f"{root}/__/firebase/init.json")
    if told.status != 200 or told.said.get("projectId") != case.project:
        return broken(f"{root}/__/firebase/init.json does not give the web app.", deploy)
    health = case.web.ask("GET", f"{root}/api/health")
    if health.status != 200:
        return broken(
            f"{root}/api/health answers {health.status}.", deploy, case.console("functions/logs")
        )
    there = str(health.said.get("version", ""))
    if there != VERSION:
        return note(f"{root} runs Firepod {there}, and here is {VERSION}.", deploy)
    return well(f"{root} runs Firepod {there}.")


def _part(entry: Mapping[str, Any], place: int) -> str:
    parts = str(entry.get("name", "")).split("/")
    return parts[place] if len(parts) > place else ""


def _index(group: str, entry: Mapping[str, Any], path: str = "") -> Index:
    """An index as both sides have it: Google adds the document's name to its fields."""
    fields = tuple(
        (path or str(one.get("fieldPath")), str(one.get("order") or one.get("arrayConfig")))
        for one in entry.get("fields", [])
        if path or one.get("fieldPath") != "__name__"
    )
    return (group, str(entry.get("queryScope", "COLLECTION")), fields)


def _told(indexes: Iterable[Index]) -> str:
    names = dict.fromkeys(
        f"{group} by {', '.join(path for path, _ in fields)}" for group, _, fields in indexes
    )
    return "; ".join(names)


CHECKS = (
    Check(
        name="functions",
        asks="the functions of main.py are deployed and active, in the region that callers know",
        look=look_at_functions,
        needs=("project", "apis"),
        role="roles/cloudfunctions.viewer",
        after_deploy=True,
    ),
    Check(
        name="indexes",
        asks="Firestore has the indexes of firestore.indexes.json, and no TTL policy on them",
        look=look_at_indexes,
        needs=("functions", "firestore"),
        role="roles/datastore.indexAdmin",
        after_deploy=True,
    ),
    Check(
        name="page",
        asks="the page is told the web app's configuration, and /api answers with a version",
        look=look_at_page,
        needs=("functions", "web app"),
        after_deploy=True,
    ),
)

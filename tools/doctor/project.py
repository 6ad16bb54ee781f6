"""The Firebase project itself: that it is there, can be billed, lets users in, has a web app."""

from tools.doctor.case import FIREBASE, Case
from tools.doctor.finding import Check, Finding, broken, note, well
from tools.doctor.web import NOT_FOUND, Refused

# Nothing turns these on by itself.
NEEDED = (
    "firestore.googleapis.com",
    "firebasestorage.googleapis.com",
    "identitytoolkit.googleapis.com",
    "iamcredentials.googleapis.com",  # signs the URLs that workers are given
    "secretmanager.googleapis.com",
)
# `firebase deploy` turns these on: firebase-tools, deploy/functions/prepare, STANDARD_APIS.
BY_DEPLOYING = (
    "cloudfunctions.googleapis.com",
    "cloudbuild.googleapis.com",
    "artifactregistry.googleapis.com",
    "run.googleapis.com",
    "eventarc.googleapis.com",
    "pubsub.googleapis.com",
    "storage.googleapis.com",
    "cloudtasks.googleapis.com",
    "cloudscheduler.googleapis.com",
)


def look_at_project(case: Case) -> Finding:
    try:
        found = case.found
    except Refused as refused:
        # Google says of a project that is not there what it says of somebody else's.
        if refused.status != 403 or refused.api_is_off:
            raise
        found = None
    if found is None:
        return broken(
            f"There is no Firebase project {case.project}, or it is not for this account to see.",
            f"{FIREBASE} projects:list",
            f"{FIREBASE} projects:create {case.project}",
            f"{FIREBASE} projects:addfirebase {case.project}",
        )
    return well(f"{found.get('displayName', case.project)}, number {case.number}.")


def look_at_billing(case: Case) -> Finding:
    said = case.google.get(
        f"https://cloudbilling.googleapis.com/v1/projects/{case.project}/billingInfo", quota=True
    )
    if not said.get("billingEnabled"):
        return broken(
            "The project is on the Spark plan; functions need Blaze.",
            case.console("usage/details"),
        )
    return well("The project is on the Blaze plan.")


def look_at_apis(case: Case) -> Finding:
    url = f"https://serviceusage.googleapis.com/v1/projects/{case.project}/services"
    listed = case.google.every(f"{url}?filter=state:ENABLED&pageSize=200", "services", quota=True)
    on = {str(one.get("name", "")).rpartition("/")[2] for one in listed}
    off = [name for name in NEEDED if name not in on]
    later = [name for name in BY_DEPLOYING if name not in on]
    if off:
        return broken(f"These APIs are off: {', '.join(off)}.", *enabling(case, off + later))
    if later:
        return note(f"Deploying turns these APIs on: {', '.join(later)}.", *enabling(case, later))
    return well(f"All {len(NEEDED + BY_DEPLOYING)} APIs are on.")


def enabling(case: Case, names: list[str]) -> tuple[str, str]:
    """The command that turns APIs on, and the page for who has no gcloud."""
    page = "https://console.cloud.google.com/flows/enableapi"
    return (
        f"gcloud services enable {' '.join(names)} --project={case.project}",
        f"{page}?apiid={','.join(names)}&project={case.project}",
    )


def look_at_sign_in(case: Case) -> Finding:
    page = case.console("authentication/providers")
    config = f"tools/setup/{case.first_sign_in}.json"
    turn_on = case.firebase(f"deploy --only auth --config {config} --non-interactive")
    try:
        ways = case.sign_in_config.get("signIn", {})
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise
        return broken("Firebase Authentication was never started in this project.", turn_on, page)
    names = {"anonymous": "anonymous", "email": "e-mail", "phoneNumber": "phone"}
    on = [name for key, name in names.items() if ways.get(key, {}).get("enabled")]
    where = f"https://identitytoolkit.googleapis.com/admin/v2/projects/{case.project}"
    listed = case.google.every(
        f"{where}/defaultSupportedIdpConfigs?pageSize=100", "defaultSupportedIdpConfigs", quota=True
    )
    on += [str(one["name"]).rpartition("/")[2] for one in listed if one.get("enabled")]
    if not on:
        return broken("No way to sign in is on; the least is anonymous or e-mail.", turn_on, page)
    return well(f"Users sign in by: {', '.join(on)}.")


def look_at_web_app(case: Case) -> Finding:
    if not case.apps:
        return broken(
            "The project has no web app, so nothing can sign in from a page.",
            case.firebase("apps:create WEB firepod"),
        )
    app = str(case.apps[0].get("appId", ""))
    if not case.site:
        return broken(
            "The project has no Hosting site.",
            case.firebase(f"hosting:sites:create {case.project} --app {app} --non-interactive"),
        )
    if not case.site.get("appId"):
        return broken(
            "No web app is linked to the Hosting site, so its page is told no configuration.",
            case.setup,
            f"{case.console(f'settings/general/web:{app}')} (Link to a Firebase Hosting site)",
        )
    return well(f"The Hosting site {case.site.get('defaultUrl', '')} is that of a web app.")


CHECKS = (
    Check(
        name="project",
        asks="the project is there, is one of Firebase's, and may be seen",
        look=look_at_project,
        needs=("login",),
        role="roles/firebase.viewer",
    ),
    Check(
        name="billing",
        asks="the project is on the Blaze plan",
        look=look_at_billing,
        needs=("project",),
        role="roles/viewer",
    ),
    Check(
        name="apis",
        asks="the APIs of Google that Firepod calls are on",
        look=look_at_apis,
        needs=("project",),
        role="roles/serviceusage.serviceUsageViewer",
    ),
    Check(
        name="web app",
        asks="there is a web app, and Hosting's /__/firebase/init.json is of it",
        look=look_at_web_app,
        needs=("project",),
        role="roles/firebase.viewer",
    ),
    Check(
        name="sign-in",
        asks="users have a way to sign in",
        look=look_at_sign_in,
        needs=("project",),
        role="roles/firebaseauth.viewer",
    ),
)

"""What the operator has set: parameters, the table of models, secrets, limits, App Check."""

from firepod.addresses import parse_origins
from firepod.domain.errors import Misconfigured
from firepod.kinds.registry import TASKS
from firepod.models.table import read_models, served
from firepod.parameters import SECRETS
from firepod.protocol.tokens import parse_keyring
from firepod.settings import Settings
from tools.doctor.case import Case
from tools.doctor.finding import Check, Finding, broken, note, warning, well

SET_SECRET = {
    "RUNPOD_API_KEY": "functions:secrets:set RUNPOD_API_KEY",
    "WEBHOOK_KEYS": "functions:secrets:set WEBHOOK_KEYS --data-file -",
}
NEW_KEY = """printf 'k1:%s' "$(openssl rand -hex 32)" | """


def look_at_parameters(case: Case) -> Finding:
    problems = case.parameters.problems
    if problems:
        return broken(f"{'. '.join(problems)}.", f"{case.env_file}, by what functions/.env says")
    if not case.project or case.parameters.own_file:
        return well(f"{case.parameters.own_file or 'functions/.env'} is right.")
    return note(f"{case.env_file} is not there, so all parameters are as in functions/.env.")


def look_at_models(case: Case) -> Finding:
    settings = _settings(case)
    try:
        here = served(settings)
    except Misconfigured as wrong:
        return broken(f"{'. '.join(wrong.problems)}.", "functions/firepod/models/README.md")
    every = read_models(settings.models)
    absent = [one for one in every.values() if one.id not in here]
    tasks = [task for task in TASKS if not any(task in one.default_for for one in here.values())]
    says = f"{len(here)} of {len(every)} models have an endpoint"
    if tasks:
        able = sorted({one.endpoint for one in absent if set(tasks) & set(one.default_for)})
        return note(
            f"{says}; nothing makes {', '.join(tasks)} unless a model is named.",
            *(f"{name}=<endpoint id> in {case.env_file}" for name in able),
        )
    unset = ", ".join(sorted({one.endpoint for one in absent}))
    return well(f"{says}, and every task has one{f'; not set: {unset}' if unset else ''}.")


def look_at_secrets(case: Case) -> Finding:
    unread = []
    for name in SECRETS:
        mend = f"{NEW_KEY if name == 'WEBHOOK_KEYS' else ''}{case.firebase(SET_SECRET[name])}"
        version = case.secret_version(name)
        if version is None:
            return broken(f"The secret {name} is not set.", mend)
        if version.get("state") != "ENABLED":
            return broken(f"The newest version of {name} is not enabled.", mend)
        value = case.secret(name)
        if value is None:
            unread.append(name)
        elif problem := _problem(name, value):
            return broken(f"{name} {problem}.", mend)
    if unread:
        return note(f"The secrets are set. This account may not read {', '.join(unread)}.")
    return well(f"{' and '.join(SECRETS)} are set, and well-formed.")


def _problem(name: str, value: str) -> str:
    if not value:
        return "is empty"
    if name == "WEBHOOK_KEYS":
        try:
            parse_keyring(value)
        except ValueError as error:
            return str(error)
    elif not value.isascii() or not value.isprintable() or " " in value:
        return "is no key: it has spaces or other signs in it"
    return ""


def look_at_limits(case: Case) -> Finding:
    settings = _settings(case)
    says, mend = [], []
    if not settings.limits.total:
        says.append("all users together may spend without an end (MAX_DAILY_TOTAL=0)")
        mend.append("MAX_DAILY_TOTAL=2000")
        if settings.limits.guest_daily and case.guests:
            says.append("guests cost nothing to make, and each may spend (MAX_DAILY_PER_GUEST)")
            mend.append("MAX_DAILY_PER_GUEST=0")
    if not settings.retention_days:
        says.append("generations are kept for ever (RETENTION_DAYS=0)")
        mend.append("RETENTION_DAYS=90")
    if parse_origins(case.parameters.values.get("CORS_ORIGINS", "")) == "*":
        says.append("any page may call (CORS_ORIGINS=*)")
        mend.append(f"CORS_ORIGINS=https://{case.project}.web.app")
    if not _app_check(case):
        says.append("any program may call (ENFORCE_APP_CHECK=false)")
        mend.append("ENFORCE_APP_CHECK=true (docs/security.md)")
    if not says:
        return well("Spending, keeping and calling have limits.")
    lines = (f"{line} in {case.env_file}, for example" for line in mend)
    return warning(f"Still open to everybody: {'; '.join(says)}.", *lines)


def look_at_app_check(case: Case) -> Finding:
    if not _app_check(case):
        return well("ENFORCE_APP_CHECK is false: no app has to attest.")
    page = case.console("appcheck/apps")
    attesting = [app for app in case.apps if _attests(case, str(app.get("appId", "")))]
    if not attesting:
        return broken(
            "ENFORCE_APP_CHECK=true, and no web app is registered for it: every page is refused.",
            page,
            f"ENFORCE_APP_CHECK=false in {case.env_file}",
        )
    if len(attesting) < len(case.apps):
        return note(f"{len(attesting)} of {len(case.apps)} web apps are registered.", page)
    return well("Every web app is registered with App Check.")


def _attests(case: Case, app_id: str) -> bool:
    """Whether a web app has one of the two kinds of reCAPTCHA."""
    where = f"https://firebaseappcheck.googleapis.com/v1/projects/{case.project}/apps/{app_id}"
    enterprise = case.google.find(f"{where}/recaptchaEnterpriseConfig", quota=True) or {}
    if enterprise.get("siteKey"):
        return True
    third = case.google.find(f"{where}/recaptchaV3Config", quota=True) or {}
    return bool(third.get("siteSecretSet"))


def _app_check(case: Case) -> bool:
    return case.parameters.values.get("ENFORCE_APP_CHECK", "").lower() == "true"


def _settings(case: Case) -> Settings:
    settings = case.parameters.settings
    if settings is None:  # the check "parameters" is then broken, and these are not asked
        raise RuntimeError("no settings")
    return settings


PARAMETERS = Check(
    name="parameters",
    asks="functions/.env and the project's own file have known names and good values",
    look=look_at_parameters,
    of_machine=True,
)
MODELS = Check(
    name="models",
    asks="the table of models is right, and which tasks a model makes",
    look=look_at_models,
    needs=("parameters",),
    of_machine=True,
)
SECRETS_SET = Check(
    name="secrets",
    asks="both secrets have an enabled version, which is well-formed where it may be read",
    look=look_at_secrets,
    needs=("project",),
    role="roles/secretmanager.viewer",
)
APP_CHECK = Check(
    name="app check",
    asks="where App Check is enforced, a web app is registered for it",
    look=look_at_app_check,
    needs=("web app", "parameters"),
    role="roles/firebaseappcheck.viewer",
)
LIMITS = Check(
    name="limits",
    asks="what is still open to everybody",
    look=look_at_limits,
    needs=("parameters", "sign-in"),
    role="roles/firebaseauth.viewer",
)

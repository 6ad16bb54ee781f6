"""One project as its checks see it: what several of them ask is asked once, by the first."""

import base64
import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from tools.doctor.account import Account, SignIn
from tools.doctor.settings import Parameters, read_parameters
from tools.doctor.web import Google, Refused, Web

ROOT = Path(__file__).resolve().parents[2]
FIREBASE = "node_modules/.bin/firebase"
SIGN_INS = ("anonymous", "email")  # files in tools/setup/, for firebase deploy


def read_aliases(root: Path = ROOT) -> dict[str, str]:
    """What .firebaserc calls the projects: alias -> project id."""
    projects = json.loads((root / ".firebaserc").read_text("utf-8")).get("projects", {})
    return {str(alias): str(project) for alias, project in projects.items()}


class SignedOut(Exception):
    """Nobody is signed in at Firebase."""


class Case:
    """What is asked about one project, and by whom. Reads only."""

    def __init__(
        self,
        given: str,
        web: Web,
        sign_in: SignIn,
        root: Path = ROOT,
        first_sign_in: str = SIGN_INS[0],
    ) -> None:
        self.root = root
        self.first_sign_in = first_sign_in  # what to turn on where there is none
        self.web = web
        self._sign_in = sign_in
        aliases = read_aliases(root)
        self.project: str = aliases.get(given, given)
        of_project = tuple(name for name, one in aliases.items() if one == self.project)
        # At once and before all else: it borrows the variables of this process.
        self.parameters: Parameters = read_parameters(
            root, self.project or "a-project", (self.project, *of_project)
        )

    def read_json(self, name: str) -> dict[str, Any]:
        """A file of this repository."""
        value = json.loads((self.root / name).read_text("utf-8"))
        return value if isinstance(value, dict) else {"entries": value}

    @property
    def env_file(self) -> str:
        return self.parameters.own_file or f"functions/.env.{self.project or '<project>'}"

    def firebase(self, command: str) -> str:
        return f"{FIREBASE} {command} --project {self.project}"

    @property
    def setup(self) -> str:
        """What mends where neither firebase nor gcloud has a command."""
        return f"make setup PROJECT={self.project} ARGS=--yes"

    def console(self, page: str) -> str:
        return f"https://console.firebase.google.com/project/{self.project}/{page}"

    @cached_property
    def account(self) -> Account | None:
        return self._sign_in(self.project)

    @cached_property
    def google(self) -> Google:
        if self.account is None:
            raise SignedOut
        return Google(self.web, self.account.token, self.project)

    @cached_property
    def found(self) -> Mapping[str, Any] | None:
        """The Firebase project."""
        return self.google.find(f"https://firebase.googleapis.com/v1beta1/projects/{self.project}")

    @property
    def number(self) -> str:
        return str((self.found or {}).get("projectNumber", ""))

    @cached_property
    def bucket_name(self) -> str:
        """Of the bucket that functions are told; "" where the project has none."""
        said = self.google.get(
            f"https://firebase.googleapis.com/v1beta1/projects/{self.project}/adminSdkConfig"
        )
        return str(said.get("storageBucket", ""))

    @cached_property
    def bucket(self) -> Mapping[str, Any] | None:
        return self.google.find(f"https://storage.googleapis.com/storage/v1/b/{self.bucket_name}")

    @cached_property
    def sign_in_config(self) -> Mapping[str, Any]:
        return self.google.get(
            f"https://identitytoolkit.googleapis.com/admin/v2/projects/{self.project}/config",
            quota=True,
        )

    @property
    def guests(self) -> bool:
        """Whether anonymous sign-in is on."""
        return bool(self.sign_in_config.get("signIn", {}).get("anonymous", {}).get("enabled"))

    @cached_property
    def apps(self) -> list[dict[str, Any]]:
        """The web apps that are not deleted."""
        url = f"https://firebase.googleapis.com/v1beta1/projects/{self.project}/webApps"
        return [one for one in self.google.every(url, "apps") if one.get("state") != "DELETED"]

    @cached_property
    def site(self) -> Mapping[str, Any]:
        """The Hosting site that `firebase deploy` fills; {} where there is none."""
        url = f"https://firebasehosting.googleapis.com/v1beta1/projects/{self.project}/sites"
        sites = self.google.every(url, "sites")
        return next((one for one in sites if one.get("type") == "DEFAULT_SITE"), {})

    @cached_property
    def functions(self) -> list[dict[str, Any]]:
        """The deployed functions of all regions; none where their API was never turned on."""
        where = f"projects/{self.project}/locations/-/functions"
        try:
            return self.google.every(
                f"https://cloudfunctions.googleapis.com/v2/{where}?pageSize=200", "functions"
            )
        except Refused as refused:
            if not refused.api_is_off:
                raise
            return []

    @property
    def deployed(self) -> dict[str, dict[str, Any]]:
        """Those of them that are ours, by name."""
        wanted = self.function_names
        named = {str(one.get("name", "")).rpartition("/")[2]: one for one in self.functions}
        return {name: one for name, one in named.items() if name in wanted}

    @cached_property
    def function_names(self) -> tuple[str, ...]:
        """What main.py deploys; it is read, for to import it takes a second."""
        import ast

        tree = ast.parse((self.root / "functions" / "main.py").read_text("utf-8"))
        lists = (
            one.value
            for one in tree.body
            if isinstance(one, ast.Assign)
            and [name.id for name in one.targets if isinstance(name, ast.Name)] == ["__all__"]
        )
        return tuple(ast.literal_eval(next(lists)))

    @cached_property
    def service_account(self) -> str:
        """Whom the functions are: what is deployed says so, else Google's default."""
        try:
            configs = [one.get("serviceConfig", {}) for one in self.deployed.values()]
        except Refused:
            configs = []
        told = [str(one.get("serviceAccountEmail", "")) for one in configs]
        return (
            next(filter(None, told), "") or f"{self.number}-compute@developer.gserviceaccount.com"
        )

    def secret_version(self, name: str) -> Mapping[str, Any] | None:
        """The version that a deployment would take; None where there is none."""
        return self.google.find(f"{self._secret(name)}/versions/latest")

    def secret(self, name: str) -> str | None:
        """Its value, which is shown nowhere; None if this account may not read it."""
        try:
            said = self.google.find(f"{self._secret(name)}/versions/latest:access")
        except Refused as refused:
            if refused.api_is_off or refused.status != 403:
                raise
            return None
        if said is None:
            return None
        return base64.b64decode(said["payload"]["data"]).decode("utf-8", "replace").strip()

    @cached_property
    def runpod_key(self) -> str:
        """Of the deployment, or of this shell where it may not be read; "" where neither is."""
        return self.secret("RUNPOD_API_KEY") or os.environ.get("RUNPOD_API_KEY", "").strip()

    def _secret(self, name: str) -> str:
        return f"https://secretmanager.googleapis.com/v1/projects/{self.project}/secrets/{name}"

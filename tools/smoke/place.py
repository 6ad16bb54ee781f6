"""Where the deployment is, and how its users sign in: Hosting tells, as it tells the page."""

import json
import re
from dataclasses import dataclass

from tools.smoke.wire import Failed, Wire

# https://firebase.google.com/docs/hosting/reserved-urls
INIT = "__/firebase/init.json"
EMULATED = "__/firebase/init.js?useEmulator=true"
IDENTITY = "https://identitytoolkit.googleapis.com/v1"


@dataclass(frozen=True, slots=True)
class Place:
    """One deployment."""

    url: str  #: of its Hosting site, without a slash at the end
    project: str
    web_key: str  #: the web app's API key, which is no secret
    identity: str  #: where users sign in

    @property
    def local(self) -> bool:
        return self.identity != IDENTITY


def find_place(wire: Wire, url: str) -> Place:
    """Raises Failed: nothing is deployed there, or no web app is linked to it."""
    url = url.rstrip("/")
    told = wire.ask("GET", f"{url}/{INIT}")
    key, project = str(told.said.get("apiKey", "")), str(told.said.get("projectId", ""))
    if told.status != 200 or not key or not project:
        raise Failed(f"{url}/{INIT} does not give a web app ({told.status}).", "make doctor")
    script = wire.ask("GET", f"{url}/{EMULATED}").data.decode("utf-8", "replace")
    emulators = re.search(r"firebaseEmulators = (\{.*?\});", script, re.DOTALL)
    auth = json.loads(emulators[1]).get("auth") if emulators else None
    if auth:
        emulated = f"http://{auth['hostAndPort']}/identitytoolkit.googleapis.com/v1"
        return Place(url, project, key, emulated)
    return Place(url, project, key, IDENTITY)

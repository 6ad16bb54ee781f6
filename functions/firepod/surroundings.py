"""Where this process runs: in the Functions emulator, deployed, or in neither.

In the emulator ID tokens are not signed. So what says that it is the emulator must be something
that no deployment can say: neither by a parameter nor by a variable of its service.
"""

import os

from firepod.domain.errors import Misconfigured

EMULATOR_REVISION = "1"  # firebase-tools: emulator/functionsEmulator, getSystemEnvs


def in_emulator() -> bool:
    """Whether this runs in the Functions emulator.

    FUNCTIONS_EMULATOR alone is no proof, since a dotenv file can set it. What Cloud Run says of
    itself nobody can set or take away: it reserves these names, and firebase-tools refuses them.
    https://cloud.google.com/run/docs/container-contract#services-env-vars
    """
    on_cloud_run = "K_CONFIGURATION" in os.environ
    revision = os.environ.get("K_REVISION", EMULATOR_REVISION)
    return (
        os.environ.get("FUNCTIONS_EMULATOR") == "true"
        and not on_cloud_run
        and revision == EMULATOR_REVISION
    )


def emulators_in_production() -> list[str]:
    """What points a deployed function to an emulator; each is a reason to serve nobody.

    Nothing sets them by right: one of them makes unsigned ID tokens valid, the others send our
    credentials and the users' data elsewhere.
    """
    if "K_SERVICE" not in os.environ or in_emulator():
        return []
    names = [name for name in os.environ if name.endswith("_EMULATOR_HOST")]
    names += [name for name in ("FUNCTIONS_EMULATOR",) if os.environ.get(name) == "true"]
    return [f"{name} must not be set in production" for name in sorted(names)]


def refuse_emulators_in_production() -> None:
    """Raises Misconfigured, before a token is looked at."""
    if problems := emulators_in_production():
        raise Misconfigured(problems)

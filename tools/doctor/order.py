"""All checks, in the order in which a newcomer has to mend what they find."""

from tools.doctor import configured, deployed, machine, project, rights, runpod, stored
from tools.doctor.finding import Check

CHECKS: tuple[Check, ...] = (
    *machine.CHECKS,
    *project.CHECKS,
    *stored.CHECKS[:2],
    configured.PARAMETERS,
    configured.MODELS,
    configured.SECRETS_SET,
    *runpod.CHECKS,
    *rights.CHECKS,
    *stored.CHECKS[2:],
    configured.APP_CHECK,
    configured.LIMITS,
    *deployed.CHECKS,
)


def chosen(*, machine_only: bool, before_deploy: bool) -> tuple[Check, ...]:
    """Those that can be asked here, or that a deployment does not mend by itself."""
    return tuple(
        one
        for one in CHECKS
        if (one.of_machine or not machine_only) and not (one.after_deploy and before_deploy)
    )

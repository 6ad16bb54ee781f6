"""Goes through what the doctor finds, in its order, and asks again after each mend."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.doctor.case import Case
from tools.doctor.finding import Check, Finding
from tools.doctor.running import findings
from tools.doctor.web import NoAnswer, Refused
from tools.runpod.errors import Stopped
from tools.setup.steps import Step, Undone
from tools.setup.ways import STOPS, Person, way

# What Google has been told takes effect within two minutes, mostly at once.
TRIES, SECONDS = 40, 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One project, and how to look at it anew."""

    look: Callable[[], Case]
    checks: Sequence[Check]
    given: Mapping[str, str]
    tell: Callable[[str], None]
    pause: Callable[[float], None]

    def say(self) -> int:
        """What would be done; changes nothing. 1 where a person is needed."""
        persons = commands = 0
        for check, finding, found_way in self._found(self.look()):
            if isinstance(found_way, Person):
                persons += 1
                self.tell(f"BY YOU     {found_way.says}")
                if check.name in STOPS:
                    break
                continue
            commands += 1
            self.tell(f"BY COMMAND {check.name}: {finding.says}")
            for step in found_way:
                self.tell(f"    {step}")
        if persons or commands:
            self.tell("\nWhat stands on these is asked when they are done. Nothing was changed.")
        else:
            self.tell("Nothing is left to do before make deploy.")
        if commands:
            self.tell("With --yes (ARGS=--yes) the commands are run.")
        return 1 if persons else 0

    def do(self) -> int:
        """Do it, until nothing is left or only a person can go on (1). Raises Undone."""
        last: list[str] = []
        waited = 0
        while True:
            case, by_hand, todo = self._next()
            if todo is None:
                break
            check, finding, steps = todo
            shown = [check.name, *map(str, steps)]
            if shown == last:  # done, but Google does not know it yet
                if waited == TRIES:
                    raise Undone(f"It is done, and Google still says: {finding.says}")
                waited += 1
                self.pause(SECONDS)
                continue
            self._mend(case, check, finding, steps)
            last, waited = shown, 0
        for says in by_hand:
            self.tell(f"BY YOU     {says}")
        if not by_hand:
            self.tell("Nothing is left to do before make deploy.")
        return 1 if by_hand else 0

    def _next(self) -> tuple[Case, list[str], tuple[Check, Finding, Sequence[Step]] | None]:
        """What a person has to do, and the first thing that steps mend."""
        case = self.look()
        by_hand: list[str] = []
        for check, finding, found_way in self._found(case):
            if not isinstance(found_way, Person):
                return case, by_hand, (check, finding, found_way)
            by_hand.append(found_way.says)
            if check.name in STOPS:
                break
        return case, by_hand, None

    def _found(self, case: Case) -> Iterator[tuple[Check, Finding, tuple[Step, ...] | Person]]:
        """What is to mend, in the doctor's order."""
        # All of them first: the next look borrows the variables of this process.
        for check, finding in list(findings(self.checks, case)):
            try:
                found_way = way(case, check, finding, self.given)
            except (NoAnswer, Refused) as error:
                found_way = Person(f"{check.name}: {finding.says} ({error.host} does not tell.)")
            if found_way is not None:
                yield check, finding, found_way

    def _mend(self, case: Case, check: Check, finding: Finding, steps: Sequence[Step]) -> None:
        self.tell(f"{check.name}: {finding.says}")
        for step in steps:
            self.tell(f"    {step}")
            try:
                step.do(case)
            except NoAnswer as error:
                raise Undone(f"{error.host} does not answer.") from None
            except Stopped as error:
                raise Undone(str(error)) from None

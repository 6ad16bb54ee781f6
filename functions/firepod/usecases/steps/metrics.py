"""What a document tells of its run: its times, as RunPod reports them, and what it has cost."""

from dataclasses import replace

from firepod.domain.cost import run_usd
from firepod.domain.errors import Misconfigured
from firepod.domain.generation import Generation, Job
from firepod.kinds import registry, results
from firepod.models.table import usd_per_second
from firepod.protocol.dialects import dialect
from firepod.protocol.runpod import JobReport
from firepod.settings import Settings
from firepod.usecases.steps.endpoint import model_at_work


def price_a_second(settings: Settings, job: Job) -> float | None:
    """What a second of a job's GPU costs, in dollars; None where nobody has said so."""
    try:
        model = model_at_work(settings, job)
    except Misconfigured:
        return None  # no result is lost for its price
    return None if model is None else usd_per_second(settings, model)


def priced(settings: Settings, generation: Generation, job: Job, report: JobReport) -> JobReport:
    """A report with `cost_usd` among its metrics, if it is known, however the job has ended.

    What the answer says of its cost counts; else it is the execution's time at the model's price.
    """
    speaks, task = dialect(job.dialect), registry.task_of(generation)
    cost, ran = results.cost_usd(speaks, report.output, task), report.metrics.get("execution_ms")
    price = price_a_second(settings, job)
    if cost is None and price is not None and ran is not None:
        cost = run_usd(ran, price)
    if cost is None:
        return report
    return replace(report, metrics={**report.metrics, "cost_usd": cost})

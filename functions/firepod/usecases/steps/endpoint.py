"""Which model makes a generation, and at which endpoint."""

from firepod.domain.errors import FailedPrecondition
from firepod.domain.generation import Generation, Job
from firepod.models.model import Model
from firepod.models.table import default_of, read_models, served, without_model
from firepod.settings import Settings

NOT_SERVED = "The model of this generation is not served any more."


def model_of(settings: Settings, generation: Generation) -> Model:
    """The model that a generation asks for, or the one that makes its task."""
    return served_model(settings, generation.task_type, generation.model)


def served_model(settings: Settings, task_type: str, named: str | None) -> Model:
    """The model of a name, or without one what makes a task.

    Raises:
        FailedPrecondition: it is not served, or not any more.
        Misconfigured: the table of models is wrong.
    """
    models = served(settings)
    if named is not None and named not in models:
        raise FailedPrecondition(NOT_SERVED)
    model = default_of(models, task_type) if named is None else models[named]
    if model is None:
        raise without_model(task_type)
    return model


def model_at_work(settings: Settings, job: Job) -> Model | None:
    """The model that a job was made for, whatever is the default now; None if it is gone."""
    return read_models(settings.models).get(job.model)


def only_kept(model: Model, task_type: str) -> bool:
    """Whether nothing runs: a voice that is its sample is made by keeping it."""
    return model.by_sample and task_type == "voice_clone"

"""Which endpoint makes a generation: that of its model."""

from firepod.domain.errors import FailedPrecondition
from firepod.domain.generation import Generation
from firepod.models.parameters import ENDPOINTS
from firepod.models.table import default_of, read_models
from firepod.settings import Settings


def endpoint_of(settings: Settings, generation: Generation) -> str:
    """The endpoint's id.

    Raises:
        FailedPrecondition: its model was taken out of the table since it was asked for.
        Misconfigured: the table of models is wrong.
    """
    models = read_models(settings.models)
    if generation.model is None:
        model = default_of(models, generation.task_type)
    elif generation.model in models:
        model = models[generation.model]
    else:
        raise FailedPrecondition("The model of this generation is not served any more.")
    if model is None:  # a task of another version
        return settings.endpoints[generation.media_type]
    held_by = {parameter: media_type for media_type, parameter in ENDPOINTS.items()}
    return settings.endpoints[held_by[model.endpoint]]

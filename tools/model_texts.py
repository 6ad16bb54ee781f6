"""The shipped table of models as a table for people."""

from firepod.models.model import Model
from firepod.models.parameters import DEFAULT_TABLE, ENDPOINTS
from firepod.models.table import read_models

HEAD = "| `model` | What it is | Makes | Default for | Price | Licence | Commercial use |"


def models_table() -> str:
    """A row for each model, in the order of the table."""
    rows = [_row(one) for one in read_models(DEFAULT_TABLE).values()]
    return "\n".join(["", HEAD, "|---|---|---|---|---|---|---|", *rows, ""])


def _row(model: Model) -> str:
    price = "your GPU's" if model.endpoint in ENDPOINTS else "unknown"
    if model.price:
        price = f"${model.price['usd']:g} per {model.price['per']}"
    source = model.source
    label = f"[{model.label}]({source})" if source.startswith("https://") else model.label
    cells = (
        f"`{model.id}`",
        label,
        _names(model.tasks),
        _names(model.default_for) or "nothing",
        price,
        model.licence,
        "yes" if model.commercial else "**no**",
    )
    return f"| {' | '.join(cells)} |"


def _names(tasks: tuple[str, ...]) -> str:
    return ", ".join(f"`{one}`" for one in tasks)

"""The routes of one part of the API, kept until an application takes them.

An application that serves takes them without what OpenAPI says of them: to collect that is half of
a cold start. One that is asked for its document takes them again, with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from firepod.entrypoints.rest import openapi

View = TypeVar("View", bound=Callable[..., Response])
Answers = Mapping[int, type[BaseModel]]
Body = Callable[[], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    rule: str
    view: Callable[..., Response]
    operation_id: str
    answers: Answers
    errors: tuple[int, ...]
    body: Body | None
    signed_in: bool

    def described(self) -> dict[str, Any]:
        """What OpenAPI says of it."""
        security = openapi.SIGNED_IN if self.signed_in else openapi.ANYBODY
        return {
            "operation_id": self.operation_id,
            "responses": {**self.answers, **openapi.errors(*self.errors)},
            "security": security,
            "openapi_extensions": None if self.body is None else self.body(),
        }


class Routes:
    """Routes under one prefix."""

    def __init__(self, name: str, prefix: str, description: str, *, tag: str = "") -> None:
        self._name, self._prefix = name, prefix
        self._tag = Tag(name=tag or name, description=description)
        self._routes: list[_Route] = []

    def on(
        self,
        method: str,
        rule: str,
        operation_id: str,
        answers: Answers,
        *,
        errors: tuple[int, ...] = (),
        body: Body | None = None,
        signed_in: bool = True,
    ) -> Callable[[View], View]:
        """Keep a route: the decorator of its view."""

        def keep(view: View) -> View:
            self._routes.append(
                _Route(method, rule, view, operation_id, answers, errors, body, signed_in)
            )
            return view

        return keep

    def blueprint(self, *, described: bool) -> APIBlueprint:
        """Them for an application; `described` with what OpenAPI says of each."""
        blueprint = APIBlueprint(
            self._name,
            __name__,
            url_prefix=self._prefix,
            abp_tags=[self._tag],
            doc_ui=described,
        )
        for route in self._routes:
            add = getattr(blueprint, route.method.lower())
            add(route.rule, **(route.described() if described else {}))(route.view)
        return blueprint

"""Who may use which page: every route says so, and one place applies it before anything else is done."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from admin import sessions
from families.staff import Role

View = TypeVar("View", bound=Callable[..., Any])

ANYONE: Final[frozenset[Role]] = frozenset()
"""The rule of pages that need no log-in."""

SETTING_UP: Final = "account.set_up"
"""The one page of whoever must set up a second step before anything else."""

_RULE: Final = "permitted"


class MissingRuleError(Exception):
    """A route that does not say who may use it."""


def permits(*roles: Role) -> Callable[[View], View]:
    """Let the staff of these roles use a route; `@permits(*Role)` lets all of them. Stands under the route's decorator.

    What a person sees there is narrowed further by `families.scope`, in the queries.
    """
    if not roles:
        raise ValueError("say which roles are permitted, or use @anyone")
    return _ruled(frozenset(roles))


def anyone(view: View) -> View:
    """Let everybody use a route, logged in or not."""
    return _ruled(ANYONE)(view)


def rule(app: Flask, endpoint: str) -> frozenset[Role]:
    """The roles that may use a route, or `ANYONE`. Raises MissingRuleError where it does not say."""
    found: frozenset[Role] | None = getattr(app.view_functions[endpoint], _RULE, None)
    if found is None:
        raise MissingRuleError(f"{endpoint}: say who may use it with @permits or @anyone from admin.permission")
    return found


def enforce(app: Flask, stranger: Callable[[], ResponseReturnValue]) -> None:
    """Apply the rules of an application's routes to every request. `stranger` answers whoever is not logged in.

    Another role is told nothing, not even that the page exists.
    """

    @app.before_request
    def check() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None  # there is no such page
        permitted = rule(current_app, request.endpoint)
        if permitted is ANYONE:
            return None
        session = sessions.current()
        if session is None:
            return stranger()
        if session.staff.role not in permitted:
            abort(404)
        if not session.complete and request.endpoint != SETTING_UP:
            return redirect(url_for(SETTING_UP), 303)
        return None


def complete(app: Flask) -> None:
    """Raises MissingRuleError for the first route that does not say who may use it."""
    for route in app.url_map.iter_rules():
        rule(app, route.endpoint)


def _ruled(roles: frozenset[Role]) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _RULE, roles)
        return view

    return mark

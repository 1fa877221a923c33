"""Answers that several of this package's interfaces give."""

from aiohttp import web

from cloud.employers.drafts import EmployerSession
from cloud.identity.public import Opened
from cloud.platform.http import answer
from cloud.platform.problems import ProblemError, problem_response


def opened_response(found: Opened | ProblemError) -> web.Response:
    """Return a new session, whose secret is told once, or why there is none."""
    if isinstance(found, ProblemError):
        return problem_response(found)
    visitor = found.visitor
    role = visitor.role
    if role is None:
        raise TypeError("a firm's user has a role")
    document = EmployerSession(token=found.secret, member=visitor.name, role=role, firm=str(visitor.firm))
    return answer(document, 201)

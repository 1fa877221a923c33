"""The base of every table's model; models import it from here.

Tortoise reads the source of each model for comments that become descriptions of columns: a quarter of the time in which
a program of the cloud starts. Columns that need a description are given one, so that search is left out.
"""

import tortoise.models
from tortoise.models import Model

__all__ = ["Model"]


def _no_comments(cls: type[Model]) -> dict[str, str]:  # noqa: ARG001 - the ORM's signature
    return {}


tortoise.models._get_comments = _no_comments  # noqa: SLF001 - its switch, `_no_comments`, stands on each model alone

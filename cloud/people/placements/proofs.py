"""What proves a placement: kinds are a table, each says what it needs. Pure, but for the table."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, cast, get_args

from cloud.people.registration.tables import rows_of

ProofKind = Literal["contract", "work_order", "employer", "province", "insurance", "telephone"]
#: Who vouches for a proof (architecture, rule 11: the operator is paid by what he enters).
Source = Literal["operator", "employer", "platform", "province"]
Need = Literal["reference", "picture", "answer"]
KINDS = get_args(ProofKind)


@dataclass(frozen=True, slots=True)
class ProofRule:
    """One kind of proof, and what must come with it when the staff enter it."""

    kind: ProofKind
    name: str
    needs: Need
    note: str


@cache
def proof_rules() -> Mapping[str, ProofRule]:
    """Return the kinds of proof, in the order of the table."""
    return MappingProxyType(
        {
            row["kind"]: ProofRule(cast("ProofKind", row["kind"]), row["name"], cast("Need", row["needs"]), row["note"])
            for row in rows_of("placement_proofs")
        }
    )

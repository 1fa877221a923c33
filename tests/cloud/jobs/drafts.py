"""A firm and a post that pass the gate."""

from typing import Any

FIRM: dict[str, Any] = {
    "uscc": "91321100MA0000001P",
    "name": "示范物流（镇江）有限公司",
    "contact": {"name": "示范联系人", "phone": "0511-00000000"},
}


def post(firm: str = "", **members: Any) -> dict[str, Any]:
    """Return the body of a lawful post."""
    return {
        "firm": firm,
        "title": "快件分拣员",
        "occupation": "4-02-07-09",
        "headcount": 6,
        "requirements": "能搬运20公斤以内包裹，男女不限",
        "skills": ["分拣"],
        "place": {"district": "润州区", "address": "工业园区1号"},
        "hours": "08:30-17:30",
        "pay": {"min_fen": 18_000, "max_fen": 22_000, "unit": "day", "method": "日结"},
        "form": "temporary",
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
        "contact": {"name": "示范联系人", "phone": "0511-00000000"},
        **members,
    }

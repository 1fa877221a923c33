"""The employer and the posts of the demo. The firm does not exist; its code only passes the check of GB 32100."""

from typing import Any, Final

FIRM: Final[dict[str, Any]] = {
    "name": "示范物流（镇江）有限公司",
    "uscc": "91321100MA0000001P",
    "contact": {"name": "示范联系人", "phone": "0511-00000000"},
}

_COMMON: Final[dict[str, Any]] = {
    "source": None,
    "valid_from": "2026-03-02",
    "valid_to": "2026-03-31",
    "contact": {"name": "示范联系人", "phone": "0511-00000000"},
}

#: What many employers write first. The gate names the law for each span.
UNLAWFUL: Final[dict[str, Any]] = {
    **_COMMON,
    "title": "分拣员（限男，35岁以下）",
    "occupation": "4-02-07-09",
    "headcount": 6,
    "requirements": "限男性，入职交押金200元",
    "skills": [],
    "place": {"district": "润州区", "address": "工业园区1号"},
    "hours": "08:30-17:30，每周休一天",
    "pay": {"min_fen": 18000, "max_fen": 22000, "unit": "day", "method": "日结，当日转账"},
    "form": "temporary",
}

LAWFUL: Final[dict[str, Any]] = {
    **UNLAWFUL,
    "title": "快件分拣员",
    "requirements": "能搬运20公斤以内包裹，男女不限",
    "skills": ["分拣"],
}

#: What else hangs on the wall.
VACANCIES: Final[tuple[dict[str, Any], ...]] = tuple(
    {
        **LAWFUL,
        "title": title,
        "occupation": occupation,
        "headcount": headcount,
        "requirements": requirements,
        "pay": {"min_fen": low, "max_fen": high, "unit": unit, "method": method},
        "hours": hours,
        "place": {"district": district, "address": address},
    }
    for title, occupation, headcount, requirements, low, high, unit, method, hours, district, address in (
        ("外卖配送员", "4-10-08-01", 10, "会骑电动车", 600_000, 900_000, "month", "每月15日转账", "每天8小时，轮休", "润州区", "万达商圈"),
        ("保洁员", "4-09-08-01", 3, "身体健康", 2_600, 3_000, "hour", "周结", "06:30-10:30", "京口区", "大市口写字楼"),
        ("快递员", "4-02-07-08", 4, "认识本地道路", 550_000, 800_000, "month", "每月10日转账", "08:00-17:00", "丹徒区", "谷阳路网点"),
    )
)  # fmt: skip

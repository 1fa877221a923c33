"""Spreadsheets of posts for tests and benches: good rows of many kinds, and ways to spoil one."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import xlsxwriter
from stdnum.cn import uscc

from cloud.jobs.sheets import FIELDS, HEADS, PLACE

TITLES: Final = (
    "快件分拣员",
    "保洁员",
    "理货员",
    "搬运工",
    "配菜员",
    "收银员",
    "装卸工",
    "服务员",
    "包装工",
    "仓库保管员",
)
OCCUPATIONS: Final = ("4-02-07-09", "4-09-08-01", "4-02-06-02", "4-02-07-08", "4-10-08-01")
DISTRICTS: Final = ("京口区", "润州区", "丹徒区", "丹阳市", "扬中市", "句容市")
HOURS: Final = ("08:30-17:30，做六休一", "每天8小时，双休", "早8晚5", "两班倒12小时", "9:00-17:30")

#: How a row is spoiled: (field, what is written, column of the error, its code).
SPOILS: Final[tuple[tuple[str, Any, str, str], ...]] = (
    ("title", "", "岗位名称", "missing"),
    ("title", "长" * 61, "岗位名称", "too_long"),
    ("occupation", "9-99-99-99", "职业代码", "occupation"),
    ("headcount", "若干", "招聘人数", "whole"),
    ("headcount", "20000", "招聘人数", "too_large"),
    ("requirements", "限男性，吃苦耐劳", "任职要求", "sex"),
    ("requirements", "入职须交押金200元", "任职要求", "fee"),
    ("skills", "", "技能", "missing"),
    ("district", "", "区", "missing"),
    ("hours", "", "工作时间", "missing"),
    ("pay_min", "面议", "最低薪酬（元）", "number"),
    ("pay_max", "1", "最高薪酬（元）", "order"),
    ("pay_min", "20", "最低薪酬（元）", "minimum_wage"),
    ("pay_unit", "周", "计薪单位", "choice"),
    ("form", "老板", "用工形式", "choice"),
    ("valid_to", "2020-01-01", "有效期至", "date_order"),
    ("valid_from", "下个月", "有效期自", "date"),
    ("contact_phone", "打我电话", "联系电话", "phone"),
    ("repost", "是", "来源名称", "missing"),
    ("source_url", "就在江苏网", "来源网址", "url"),
    ("uscc", "91321100MA0000009Q", "统一社会信用代码", "unknown"),
)


def code_of(number: int) -> str:
    """Return the unified code of the firm with this number."""
    stem = f"91321100MA{number:07d}"
    return stem + str(uscc.calc_check_digit(stem))


def good_row(number: int, firm: int = 1) -> dict[str, str]:
    """Return a lawful row; each number is another post."""
    return {
        "uscc": code_of(firm),
        "title": f"{TITLES[number % len(TITLES)]}{number}",
        "occupation": OCCUPATIONS[number % len(OCCUPATIONS)],
        "headcount": str(1 + number % 20),
        "requirements": f"能适应岗位要求，做事认真，男女不限，负责{TITLES[number % len(TITLES)]}相关工作",
        "skills": "无" if number % 3 else "分拣、搬运",
        "district": DISTRICTS[number % len(DISTRICTS)],
        "address": f"示例路{number}号",
        "hours": HOURS[number % len(HOURS)],
        "pay_min": "200",
        "pay_max": "260",
        "pay_unit": "日",
        "pay_method": "日结",
        "form": "临时",
        "term_days": "30",
        "valid_from": "2026-03-01",
        "valid_to": "2026-12-31",
        "contact_name": "示范联系人",
        "contact_phone": "0511-80000000",
        "number": f"N{number:06d}",
    }


def spoiled(row: dict[str, str], spoil: tuple[str, Any, str, str]) -> dict[str, str]:
    """Return a row with one thing wrong."""
    return row | {spoil[0]: spoil[1]}


def book(rows: Iterable[dict[str, str]], heads: Sequence[str] = HEADS) -> bytes:
    """Return a file with these rows."""
    kept = io.BytesIO()
    made = xlsxwriter.Workbook(kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = made.add_worksheet("岗位")
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head)
    for line, row in enumerate(rows, start=1):
        for field in FIELDS:
            if row.get(field):
                sheet.write_string(line, PLACE[field], row[field])
    made.close()
    return kept.getvalue()

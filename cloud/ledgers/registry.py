"""Every ledger (台账): one table to read. A domain that has another one adds its line here and a sample to the tests.

What a line names: the words of its columns, and the rows that the owning domain's service gives.
"""

from collections.abc import Mapping
from typing import Final

from cloud.identity import service as identity
from cloud.jobs import service as jobs
from cloud.kpi import service as kpi
from cloud.ledgers.ledger import Column, Ledger
from cloud.people import service as people
from cloud.platform.errors import NotFoundError
from cloud.platform.notify import ledgers as messages

_LEDGERS: Final = (
    Ledger(
        "posts", "岗位发布台账", "期间内发布的岗位，一岗一行", (
            Column("published_at", "发布时间", "time", 17), Column("title", "岗位名称", width=20),
            Column("firm", "用人单位", width=26), Column("occupation", "职业（工种）", width=24),
            Column("form", "用工形式", width=9), Column("gig", "零工", width=6), Column("headcount", "人数", "int", 7),
            Column("place", "工作地点", width=26), Column("hours", "工作时间", width=18),
            Column("pay_min", "薪酬下限（元）", "money", 11), Column("pay_max", "薪酬上限（元）", "money", 11),
            Column("pay_unit", "计薪单位", width=7), Column("pay_method", "计酬方式", width=12),
            Column("valid_from", "有效期起", "day", 11), Column("valid_to", "有效期止", "day", 11),
            Column("source", "信息来源", width=14), Column("contact", "联系人", width=9, personal="name"),
            Column("phone", "联系电话", width=14, personal="phone"), Column("closed_at", "下架时间", "time", 17),
        ), jobs.post_rows,
    ),
    Ledger(
        "firms", "企业核验台账", "期间内登记的用人单位和核验情况", (
            Column("created_at", "登记时间", "time", 17), Column("name", "单位名称", width=30),
            Column("uscc", "统一社会信用代码", width=21), Column("verified", "核验", width=9),
            Column("posts", "累计发布岗位", "int", 12), Column("contact", "联系人", width=9, personal="name"),
            Column("phone", "联系电话", width=14, personal="phone"),
        ), jobs.firm_rows,
    ),
    Ledger(
        "messages", "消息通知台账", "期间内发出的短信、微信和叫号；不含内容和号码", (
            Column("created_at", "提交时间", "time", 17), Column("recipient", "收件人编号", width=40),
            Column("template", "模板", width=24), Column("channel", "渠道", width=8, words="message.channels"),
            Column("state", "结果", width=10, words="message.states"), Column("tries", "次数", "int", 7),
            Column("cost", "费用（元）", "money", 10), Column("sent_at", "发出时间", "time", 17),
            Column("error", "说明", width=30),
        ), messages.delivery_rows,
    ),
    Ledger(
        "opening", "开放时间与设备运行台账", "每个驿站每天的开放结论，由门、灯、自助机等设备信号得出", (
            Column("day", "日期", "day", 11), Column("station", "驿站", width=14),
            Column("required", "应开放（分）", "int", 11), Column("open", "已开放（分）", "int", 11),
            Column("closed", "关闭（分）", "int", 10), Column("unknown", "无证据（分）", "int", 11),
            Column("excused", "免责（分）", "int", 10), Column("verdict", "结论", width=12, words="verdict"),
            Column("computed_at", "计算时间", "time", 17), Column("input_sha256", "证据摘要", width=30),
        ), kpi.opening_rows,
    ),
    Ledger(
        "approvals", "双人审批台账", "期间内提出的、须两人完成的事项", (
            Column("asked_at", "申请时间", "time", 17), Column("kind", "类别", width=16, words="approval.kind"),
            Column("title", "事项", width=26), Column("reason", "理由", width=34),
            Column("asked_by", "申请人", width=16),
            Column("state", "结果", width=9, words="approval.state"), Column("decided_by", "审批人", width=16),
            Column("decided_at", "审批时间", "time", 17), Column("note", "说明", width=24),
        ), identity.approval_rows,
    ),
    Ledger(
        "audit", "操作审计汇总台账", "每天每人每类操作的次数；不涉及具体对象", (
            Column("day", "日期", "day", 11), Column("actor", "操作人", width=26), Column("action", "操作", width=24),
            Column("ok", "成功", "int", 9), Column("refused", "被拒绝", "int", 9), Column("failed", "未完成", "int", 9),
        ), identity.audit_rows,
    ),
    Ledger(
        "registrations", "求职登记台账", "期间内完成求职登记的人，一人一行", (
            Column("registered_at", "登记时间", "time", 17), Column("name", "姓名", width=10, personal="name"),
            Column("id_number", "身份证号", width=21, personal="id_number"),
            Column("phone", "联系电话", width=14, personal="phone"), Column("sex", "性别", width=6, words="my.sex"),
            Column("education", "文化程度", width=11), Column("lives", "现住街道", width=18),
            Column("wishes", "就业需求", width=24), Column("forms", "用工形式", width=14),
            Column("skills", "会做的事", width=18), Column("trainings", "培训需求", width=16),
            Column("groups", "重点群体", width=24), Column("willing", "就业意愿", width=10),
            Column("completeness", "完整度", "int", 8), Column("channel", "渠道", width=8, words="my.value"),
            Column("station", "站点", width=10), Column("by", "登记人", width=12),
        ), people.registration_rows,
    ),
    Ledger(
        "guidance", "职业指导台账", "期间内的一对一职业指导；谈话内容不在台账里", (
            Column("at", "时间", "time", 17), Column("name", "姓名", width=10, personal="name"),
            Column("id_number", "身份证号", width=21, personal="id_number"),
            Column("phone", "联系电话", width=14, personal="phone"),
            Column("topic", "主题", width=11, words="guidance.topic"),
            Column("way", "方式", width=8, words="guidance.way"), Column("next_on", "下次时间", "day", 11),
            Column("station", "站点", width=10), Column("by", "指导人", width=12),
        ), people.guidance_rows,
    ),
    Ledger(
        "trainings", "培训意愿台账", "期间内登记的培训意愿和后来的情况", (
            Column("opened_at", "登记时间", "time", 17), Column("name", "姓名", width=10, personal="name"),
            Column("id_number", "身份证号", width=21, personal="id_number"),
            Column("phone", "联系电话", width=14, personal="phone"), Column("title", "想学的项目", width=24),
            Column("state", "进度", width=11, words="case.state"),
            Column("outcome", "结果", width=12, words="case.outcome"),
            Column("channel", "渠道", width=8, words="my.value"), Column("station", "站点", width=10),
            Column("changed_at", "更新时间", "time", 17),
        ), people.training_rows,
    ),
    Ledger(
        "startups", "创业服务台账", "期间内的创业服务预约和结果", (
            Column("opened_at", "提出时间", "time", 17), Column("name", "姓名", width=10, personal="name"),
            Column("id_number", "身份证号", width=21, personal="id_number"),
            Column("phone", "联系电话", width=14, personal="phone"), Column("title", "服务", width=24),
            Column("wanted_on", "希望日期", "day", 11), Column("state", "进度", width=11, words="case.state"),
            Column("outcome", "结果", width=16, words="case.outcome"),
            Column("channel", "渠道", width=8, words="my.value"), Column("station", "站点", width=10),
            Column("changed_at", "更新时间", "time", 17),
        ), people.startup_rows,
    ),
    Ledger(
        "employment", "就业登记和参保指导台账", "期间内的就业登记、养老保险、职业伤害保障指导和结果", (
            Column("opened_at", "指导时间", "time", 17), Column("name", "姓名", width=10, personal="name"),
            Column("id_number", "身份证号", width=21, personal="id_number"),
            Column("phone", "联系电话", width=14, personal="phone"),
            Column("kind", "事项", width=18, words="case.kind"), Column("state", "进度", width=11, words="case.state"),
            Column("outcome", "结果", width=22, words="case.outcome"), Column("station", "站点", width=10),
            Column("changed_at", "更新时间", "time", 17),
        ), people.employment_rows,
    ),
    Ledger(
        "placements", "实现就业台账", "期间内上岗的人、证明和是否计入重点群体就业人数", (
            Column("started_on", "上岗日期", "day", 11), Column("name", "姓名", width=10, personal="name"),
            Column("id_number", "身份证号", width=21, personal="id_number"),
            Column("phone", "联系电话", width=14, personal="phone"), Column("employer", "用人单位", width=26),
            Column("title", "岗位", width=16), Column("form", "用工形式", width=9),
            Column("groups", "重点群体", width=24),
            Column("proofs", "证明（来源）", width=26), Column("state", "状态", width=9, words="placement.state"),
            Column("verdict", "是否计数", width=16, words="placement.verdict"),
            Column("claimed_at", "录入时间", "time", 17), Column("by", "录入人", width=12),
        ), people.placement_rows,
    ),
)  # fmt: skip

#: Name -> ledger, in the order of the page.
LEDGERS: Final[Mapping[str, Ledger]] = {ledger.id: ledger for ledger in _LEDGERS}


def find_ledger(name: str) -> Ledger:
    """Return a ledger; NotFoundError names those there are."""
    if name not in LEDGERS:
        raise NotFoundError(f"there is no ledger {name!r}; there are: {', '.join(LEDGERS)}")
    return LEDGERS[name]

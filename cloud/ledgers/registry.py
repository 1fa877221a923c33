"""Every ledger (台账): one table to read. A domain that has another one adds its line here and a sample to the tests.

What a line names: the words of its columns, and the rows that the owning domain's service gives.
"""

from collections.abc import Mapping
from typing import Final

from cloud.fairs import service as fairs
from cloud.fleet import repair_ledger as repairs
from cloud.identity import service as identity
from cloud.jobs import service as jobs
from cloud.kpi import service as kpi
from cloud.ledgers.ledger import Column, Ledger
from cloud.people import service as people
from cloud.platform.errors import NotFoundError
from cloud.platform.notify import ledgers as messages
from cloud.policies import service as policies
from cloud.service import ledgers as tickets
from cloud.service import queue

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
        "queue", "取号叫号台账", "期间内取的号，一号一行；号码不对应姓名", (
            Column("issued_at", "取号时间", "time", 17), Column("station", "驿站", width=14),
            Column("label", "号码", width=8), Column("service", "业务", width=18),
            Column("priority", "优先", width=9, words="calling.priority"),
            Column("called_at", "首次叫号", "time", 17), Column("counter", "窗口", "int", 6),
            Column("ended_at", "结束时间", "time", 17), Column("skips", "过号次数", "int", 8),
            Column("state", "结果", width=8, words="calling.state"), Column("waited", "等候（分）", "int", 9),
            Column("served", "办理（分）", "int", 9),
        ), queue.ticket_rows,
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
        "fairs", "招聘会台账", "期间内举办、延期和取消的招聘会", (
            Column("starts_at", "开始时间", "time", 17), Column("title", "名称", width=24),
            Column("station", "站点", width=14), Column("venue", "地点", width=24),
            Column("campaign", "专项行动", width=16), Column("state", "状态", width=9, words="fair.state"),
            Column("permit", "安全许可文号", width=20), Column("firms", "参会单位", "int", 9),
            Column("posts", "岗位数", "int", 8), Column("people_wanted", "招聘人数", "int", 9),
            Column("people", "到场人数", "int", 9), Column("resumes", "收到简历", "int", 9),
            Column("intentions", "达成意向", "int", 9), Column("hires", "现场录用", "int", 9),
            Column("note", "说明", width=24),
        ), fairs.fair_rows,
    ),
    Ledger(
        "shows", "直播带岗台账", "期间内的直播；观看人数由平台提供，报名人数由本系统计", (
            Column("starts_at", "开始时间", "time", 17), Column("title", "名称", width=24),
            Column("host", "主播", width=12), Column("platform", "平台", width=12),
            Column("campaign", "专项行动", width=16), Column("state", "状态", width=9, words="show.state"),
            Column("posts", "讲解岗位", "int", 9), Column("viewers", "观看人数", "int", 10),
            Column("viewers_source", "数据来源", width=20), Column("applicants", "报名人数", "int", 9),
            Column("result", "说明", width=26),
        ), fairs.show_rows,
    ),
    Ledger(
        "publicity", "宣传台账", "期间内的宣传；触达人数写明来源", (
            Column("published_on", "日期", "day", 11), Column("title", "标题", width=28),
            Column("medium", "渠道", width=11, words="publicity.medium"), Column("campaign", "专项行动", width=16),
            Column("reach", "触达人数", "int", 11), Column("reach_source", "数据来源", width=22),
            Column("link", "网址", width=28), Column("pictures", "图片", "int", 7),
        ), fairs.publicity_rows,
    ),
    Ledger(
        "policies", "政策发布台账", "期间内发布的政策、公告和公示，一版一行；“已绘制”起才算上过屏", (
            Column("at", "发布时间", "time", 17), Column("title", "标题", width=26),
            Column("kind", "类别", width=8, words="policy.kind"), Column("issuer", "发文机关", width=20),
            Column("document", "文号", width=18), Column("version", "版本", "int", 6),
            Column("valid_from", "有效期起", "day", 11), Column("valid_to", "有效期止", "day", 11),
            Column("channels", "渠道", width=14), Column("level", "大屏证明", width=10, words="policy.level"),
            Column("walls", "显示屏数", "int", 9), Column("asked", "咨询次数", "int", 9),
            Column("by", "发布人", width=10), Column("ended_at", "撤下时间", "time", 17),
            Column("end_note", "撤下原因", width=16),
        ), policies.policy_rows,
    ),
    Ledger(
        "enquiries", "政策咨询台账", "期间内窗口、电话和招聘会上答复的政策咨询；不记姓名", (
            Column("at", "时间", "time", 17), Column("topic", "主题", width=20),
            Column("place", "地点", width=9, words="enquiry.place"), Column("station", "站点", width=14),
            Column("question", "问题", width=34), Column("answer", "答复", width=34), Column("by", "答复人", width=10),
        ), policies.enquiry_rows,
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
    Ledger(
        "tickets", "工单与投诉台账", "期间内受理的工单和投诉：首问责任人、期限、结果、评价、认定", (
            Column("opened_at", "受理时间", "time", 17), Column("number", "受理编号", width=18),
            Column("kind", "类别", width=10), Column("subject", "事项", width=24),
            Column("matter", "办理事项", width=16), Column("channel", "来源", width=10, words="service.channel"),
            Column("name", "姓名", width=9, personal="name"), Column("phone", "电话", width=14, personal="phone"),
            Column("first_owner", "首问责任人", width=12), Column("owner", "承办人", width=12),
            Column("due_at", "期限", "time", 17), Column("state", "状态", width=10, words="service.state"),
            Column("done_at", "办结时间", "time", 17), Column("late", "时限", width=8),
            Column("rating", "评价（1—5）", "int", 9),
            Column("validity", "是否成立", width=10, words="service.validity"),
        ), tickets.ticket_rows,
    ),
    Ledger(
        "repairs", "设备维修台账", "期间内开的维修工单，一单一行；修复用时从故障开始算起", (
            Column("opened_at", "开单时间", "time", 17), Column("number", "单号", width=18),
            Column("station", "站点", width=14), Column("subject", "设备", width=24), Column("slot", "设备位", width=9),
            Column("faulty_since", "故障开始", "time", 17), Column("ended_at", "恢复正常", "time", 17),
            Column("minutes", "修复用时（分）", "int", 12), Column("state", "状态", width=9),
            Column("faults", "故障次数", "int", 9), Column("late", "时限", width=7),
            Column("finding", "维修情况", width=28), Column("parts", "更换配件", width=18),
            Column("cost", "费用（元）", "money", 10), Column("reason", "关闭原因", width=20),
        ), repairs.repair_rows,
    ),
    Ledger(
        "consultations", "咨询服务台账", "期间内的在线咨询和热线来电；不含谈话内容", (
            Column("opened_at", "开始时间", "time", 17), Column("channel", "来源", width=10, words="service.channel"),
            Column("kind", "类别", width=10), Column("phone", "来电号码", width=14, personal="phone"),
            Column("first_owner", "首问责任人", width=12), Column("first_due_at", "最迟答复", "time", 17),
            Column("first_answered_at", "首次答复", "time", 17), Column("in_time", "时限", width=8),
            Column("outcome", "结果", width=9), Column("closed_at", "结束时间", "time", 17),
            Column("rating", "评价（1—5）", "int", 9),
        ), tickets.thread_rows,
    ),
    Ledger(
        "satisfaction", "满意度台账", "期间内的每一份评价，连同更正；不涉及姓名", (
            Column("at", "时间", "time", 17), Column("survey", "调查", width=26),
            Column("way", "方式", width=11, words="service.way"),
            Column("kind", "对象", width=8, words="service.respondent"), Column("rating", "原始评价", "int", 9),
            Column("now", "计入评价", "int", 9), Column("corrected", "更正", width=7),
            Column("channel", "渠道", width=11, words="service.channel"), Column("by", "填写人", width=14),
        ), tickets.answer_rows,
    ),
)  # fmt: skip

#: Name -> ledger, in the order of the page.
LEDGERS: Final[Mapping[str, Ledger]] = {ledger.id: ledger for ledger in _LEDGERS}


def find_ledger(name: str) -> Ledger:
    """Return a ledger; NotFoundError names those there are."""
    if name not in LEDGERS:
        raise NotFoundError(f"there is no ledger {name!r}; there are: {', '.join(LEDGERS)}")
    return LEDGERS[name]

"""A policy text that may be published."""

from typing import Any

from cloud.policies.drafts import PolicyDraft


def text(**members: Any) -> PolicyDraft:
    """Return a policy for walls, kiosks and phones that is in force in March."""
    values: dict[str, Any] = {
        "kind": "policy",
        "title": "灵活就业社保补贴",
        "summary": "就业困难人员灵活就业并缴纳社会保险费的，可以申请补贴。",
        "body": "一、对象：就业困难人员。\n二、标准：不超过实际缴费的三分之二。\n三、办理：到服务窗口或网上办理。",
        "audience": "就业困难人员",
        "category": "insurance",
        "issuer": "市人力资源和社会保障局",
        "document": "示范人社〔2026〕1号",
        "valid_from": "2026-03-01",
        "valid_to": "2026-03-20",
        "channels": ["wall", "kiosk", "phone"],
    }
    return PolicyDraft.model_validate(values | members)

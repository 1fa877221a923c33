"""Figures of faces for the impact assessment: true when the paper is made, in the words of the paper."""

from cloud.people.faces.bounds import bound_of
from cloud.people.faces.counting import count_at, count_people, people_waited_for
from cloud.people.faces.models import FaceEnrolment, FaceLook


async def face_figures() -> list[str]:
    """Return how many people, where, with which packs, how often wrong, and what is still to be deleted."""
    counts = await count_at()
    models = await FaceEnrolment.filter(state="enrolled").distinct().values_list("model", flat=True)
    largest = max(counts.values(), default=0)
    looks, corrected = await FaceLook.all().count(), await FaceLook.filter(corrected_at__isnull=False).count()
    return [
        f"特征值存于 {len(counts)} 个站点，共 {await count_people()} 人（同一人只计一次），最大一个站点 {largest} 人。",
        *(_claim(str(model), largest) for model in sorted(set(models), key=str)),
        f"比对记录 {looks} 次，其中 {corrected} 次认错后更正；另有 {await people_waited_for()} 人的删除等待站点回执。",
    ]


def _claim(model: str, people: int) -> str:
    bound = bound_of(model, people)
    basis = f"在 {bound.pairs} 对不同人之间实测，95 % 置信上限" if bound.measured else "未实测，按"
    second = "须再核对手机尾号或生日" if bound.needs_second else "可直接提示"
    return f"识别模型 {model}：误识率{basis} {bound.rate:.2%}，最大站点的误识上限 {bound.risk:.1%}，{second}。"

"""What will happen, from a seed alone: which fault hits whom, when, and who is left alone afterwards."""

import random
from dataclasses import dataclass, field
from typing import Final, Literal

Target = Literal["station", "core", "broker"]

#: Faults come one every 1-3 s, whether or not the last one is over.
GAP_S: Final = (1.0, 3.0)
#: Faults that last do so for this long.
LASTS_S: Final = (3.0, 10.0)
#: Of 1,000 faults this many are followed by peace for those that they hit, in groups.
SAMPLED_OF_1000: Final = 60
GROUP: Final = 5
#: A run of so many faults has each kind in its full number.
ALL_KINDS: Final = 100
#: An old copy of a state directory is taken at a kill this many faults before it is put back.
COPY_AGE: Final = (4, 40)
EARLIEST_COPY: Final = 20
OLD_COPY: Final = "edge state an old copy"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: `share` is its number among 1,000; one that is not `instant` lasts for some seconds."""

    name: str
    target: Target
    share: int
    instant: bool = True
    #: Exactly this many in a run of 100 faults or more.
    exactly: int | None = None


#: The first twelve are those of a run of twelve.
KINDS: Final = (
    Kind("edge killed", "station", 246),
    Kind("core killed", "core", 110),
    Kind("broker killed", "broker", 80),
    Kind("broker data deleted", "broker", 20),
    Kind("link cut at a byte", "station", 190),
    Kind("core's link cut at a byte", "core", 40),
    Kind("duplicate delivery", "station", 50),
    Kind("reordered delivery", "station", 40),
    Kind("edge clock jumps 2 h", "station", 40),
    Kind("edge disk full", "station", 20, instant=False),
    Kind("core disk full", "core", 6, instant=False),
    Kind("edge state wiped", "station", 2, exactly=2),
    Kind(OLD_COPY, "station", 2, exactly=2),
    Kind("link silent", "station", 50, instant=False),
    Kind("core's link silent", "core", 10, instant=False),
    Kind("link slow", "station", 60, instant=False),
    Kind("core clock jumps 2 h", "core", 10),
    Kind("all killed within 100 ms", "broker", 24),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}


@dataclass(slots=True)
class Fault:
    """One fault: `gap_s` after the last one, `size` in 0-1 is how much, in units of its kind."""

    number: int
    gap_s: float
    kind: Kind
    station: int
    size: float
    #: Who was hit is left alone, and its presence is looked at.
    sampled: bool = False
    #: A killed agent stays down until its presence has been looked at.
    stays_down: bool = False
    #: An old copy of the killed agent's state is taken.
    copy: bool = False

    @property
    def lasts_s(self) -> float:
        """Return for how long it lasts."""
        return 0.0 if self.kind.instant else LASTS_S[0] + self.size * (LASTS_S[1] - LASTS_S[0])


@dataclass
class _Peace:
    """Who must be left alone until when, s of the plan's time."""

    stations: int
    left_alone_s: float
    sampled: set[int]
    until: dict[int, float] = field(default_factory=dict)
    shared_until: float = 0.0

    def allows(self, kind: Kind, station: int, now: float) -> bool:
        if kind.target != "station":
            return now >= self.shared_until
        return now >= self.until.get(station, 0.0)

    def reserved(self, number: int) -> int:
        """Return about how many of the faults from `number` on must hit stations."""
        firsts = sum(1 for one in self.sampled if one >= number and one - 1 not in self.sampled)
        return round(firsts * self.left_alone_s / (sum(GAP_S) / 2))

    def begin(self, fault: Fault, now: float) -> None:
        ends = now + fault.lasts_s + self.left_alone_s
        self.shared_until = max(self.shared_until, ends)
        self.until[fault.station] = ends  # of a fault that hits all, this one is looked at


def make_plan(seed: int, faults: int, stations: int, left_alone_s: float) -> list[Fault]:
    """Return the faults of a run, the same for the same arguments."""
    chance = random.Random(seed)
    waiting = _choose_kinds(faults)
    chance.shuffle(waiting)
    sampled = _sampled_numbers(faults, stations)
    peace = _Peace(stations, left_alone_s, sampled)
    plan: list[Fault] = []
    now = 0.0
    for number in range(faults):
        gap_s = chance.uniform(*GAP_S)
        now += gap_s
        kind, station = _choose(chance, waiting, peace, number, now)
        waiting.remove(kind)
        fault = Fault(number, gap_s, kind, station, chance.random(), sampled=number in sampled)
        if fault.sampled:
            peace.begin(fault, now)
            fault.stays_down = kind.name == "edge killed" and chance.random() < 0.5
        plan.append(fault)
    _plan_copies(chance, plan)
    return plan


def _choose_kinds(faults: int) -> list[Kind]:
    if faults <= len(KINDS):
        return list(KINDS[:faults])
    counts = {kind: 1 if kind.exactly is None or faults < ALL_KINDS else kind.exactly for kind in KINDS}
    free = faults - sum(counts.values())
    shared = [kind for kind in KINDS if kind.exactly is None]
    total = sum(kind.share for kind in shared)
    for kind in shared:
        counts[kind] += max(0, free * kind.share // total)
    if faults >= 1000:  # the issue counts them
        counts[BY_NAME["broker data deleted"]] = max(20, counts[BY_NAME["broker data deleted"]])
    counts[KINDS[0]] += faults - sum(counts.values())
    return [kind for kind, count in counts.items() for _ in range(count)]


def _sampled_numbers(faults: int, stations: int) -> set[int]:
    """Return which faults are sampled: groups that follow each other directly, spread over the run."""
    wanted = max(2, round(faults * SAMPLED_OF_1000 / 1000))
    group = min(GROUP, stations // 2, wanted)
    groups = -(-wanted // group)
    each = faults // groups
    back = each // 2 if groups > 1 else 0  # not at the very end, where few kinds are left to choose from
    numbers = [(index + 1) * each - back - group + place for index in range(groups) for place in range(group)]
    return set(numbers[:wanted])


def _choose(chance: random.Random, waiting: list[Kind], peace: _Peace, number: int, now: float) -> tuple[Kind, int]:
    """Return a kind and a station that nobody has asked to be left alone; any, if all have."""
    free = [one for one in range(peace.stations) if now >= peace.until.get(one, 0.0)]
    station = chance.choice(free or list(range(peace.stations)))
    order = chance.sample(waiting, len(waiting))
    shared = sum(kind.target != "station" for kind in waiting)
    if chance.random() < shared / max(1, shared, len(waiting) - peace.reserved(number)):
        order.sort(key=lambda kind: kind.target == "station")  # those that a later peace will not allow
    for kind in order:
        if kind.name == OLD_COPY and number < EARLIEST_COPY:
            continue  # there is nothing old yet
        if peace.allows(kind, station, now):
            return kind, station
    return order[0], station


def _plan_copies(chance: random.Random, plan: list[Fault]) -> None:
    """Have an old copy taken at a kill before each fault that puts one back."""
    for fault in plan:
        if fault.kind.name != OLD_COPY:
            continue
        kills = [one for one in plan[: fault.number] if one.kind.name == "edge killed" and not one.sampled]
        same = [one for one in kills if one.station == fault.station]
        aged = [one for one in same if COPY_AGE[0] <= fault.number - one.number <= COPY_AGE[1]]
        if kills:
            kill = chance.choice(aged or same or kills)
            kill.station, kill.copy = fault.station, True

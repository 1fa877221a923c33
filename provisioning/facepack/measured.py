"""What the default pack was measured to get wrong (docs/faces/model-card.md); it goes into the pack's manifest."""

from typing import Any, Final

#: Pairs of different people below which a rate is not believed, and what it counts as then.
ENOUGH_PAIRS: Final = 3000
UNMEASURED_RATE: Final = 0.01

#: One picture against one: 22 Chinese people, 4 pictures each. `upper` is the upper end of the 95 % interval of Clopper
#: and Pearson for the false-match rate.
DEFAULT: Final[dict[str, Any]] = {
    "set": "22 Chinese celebrities, 4 pictures each, one picture against one",
    "genuine_pairs": 132,
    "impostor_pairs": 3696,
    "rates": [
        {"threshold": 0.40, "false_matches": 237, "upper": 0.07251, "false_non_match": 0.030},
        {"threshold": 0.45, "false_matches": 96, "upper": 0.03163, "false_non_match": 0.038},
        {"threshold": 0.50, "false_matches": 33, "upper": 0.01252, "false_non_match": 0.038},
        {"threshold": 0.55, "false_matches": 13, "upper": 0.00601, "false_non_match": 0.045},
        {"threshold": 0.60, "false_matches": 3, "upper": 0.00238, "false_non_match": 0.098},
    ],
}

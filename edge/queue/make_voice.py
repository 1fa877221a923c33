"""For developers: speak the clips of edge/queue/voice.py with espeak-ng: python -m edge.queue.make_voice FOLDER.

Mandarin, mono, 16 bit, 11,025 Hz, silence cut off. The chime is two sine tones.
"""

import array
import io
import math
import subprocess
import sys
import wave
from pathlib import Path
from string import ascii_uppercase
from typing import Final

from edge.queue.voice import CLIPS, SUFFIX

RATE_HZ: Final = 11_025
#: espeak-ng speaks at twice that; two of its samples become one.
FOLD: Final = 2
SPEED_WPM: Final = 150
#: Below this a sample is silence, of 32,767; so much of it is left at both ends, s.
SILENT: Final = 250
MARGIN_S: Final = 0.02
CHIME_HZ: Final = (880.0, 659.3)
CHIME_S: Final = 0.35
LOUD: Final = 12_000

_SPOKEN: Final = {
    **dict(zip("0123456789", "零一二三四五六七八九", strict=True)),
    **{letter: letter for letter in ascii_uppercase},
    "please": "请",
    "number": "号",
    "to": "到",
    "window": "号窗口",
    "ten": "十",
}


def main(words: list[str]) -> int:
    """Write every clip into the folder named by the first word."""
    folder = Path(words[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(CLIPS):
        samples = chime() if name == "chime" else spoken(_SPOKEN[name])
        _write(folder / f"{name}{SUFFIX}", samples)
    return 0


def spoken(text: str) -> "array.array[int]":
    """Return a text as samples."""
    command = ["espeak-ng", "-v", "cmn", "-s", str(SPEED_WPM), "--stdout", text]
    made = subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 - our own texts
    with wave.open(io.BytesIO(made)) as file:
        frames = array.array("h", file.readframes(file.getnframes()))
    folded = array.array("h", (sum(frames[i : i + FOLD]) // FOLD for i in range(0, len(frames) - FOLD + 1, FOLD)))
    return _trimmed(folded)


def chime() -> "array.array[int]":
    """Return a bell of two falling tones."""
    count = int(RATE_HZ * CHIME_S)
    tones = [
        LOUD * math.exp(-4 * n / count) * math.sin(2 * math.pi * hertz * n / RATE_HZ)
        for hertz in CHIME_HZ
        for n in range(count)
    ]
    return array.array("h", map(int, tones))


def _trimmed(samples: "array.array[int]") -> "array.array[int]":
    loud = [index for index, value in enumerate(samples) if abs(value) > SILENT]
    margin = int(RATE_HZ * MARGIN_S)
    return samples[max(0, loud[0] - margin) : loud[-1] + margin]


def _write(path: Path, samples: "array.array[int]") -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

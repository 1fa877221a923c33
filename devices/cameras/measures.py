"""Numbers of a small grey picture that tell whether a camera works: pure functions, nothing of them is a picture.

All of them look at cells, CELLS_X x CELLS_Y over the picture, so that people, a clock in the corner or a privacy mask
touch a few of many. In the formulae I is the picture in grey levels 0-255, D the difference to the picture before.

- Noise of the sensor: sigma^2 = var(D) / 2 of a cell, its lower quartile over cells: those that nobody walks through.
- Change: the share of cells whose D varies at all. A sensor's noise never repeats, a stuck picture does to the bit;
  a clock that the camera writes into it is a few cells.
- Sharpness: variance of the Laplacian (Pech-Pacheco et al., ICPR 2000) of the kernel (0 1 0; 1 -4 1; 0 1 0) in a
  cell, less what noise adds to it, 20 sigma^2 (the squares of the kernel), by the square of the cell's brightness; the
  mean over cells without the highest, which are letters and signs that the camera or the hall writes.
- Layout: root mean square of the central differences in x and in y of each cell, less what noise adds (2 sigma^2), by
  the cell's brightness: what a thing reflects is a share of the light (Lambert's law), so its edges stay where they
  are by day and by night; a camera that was turned has them elsewhere.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from devices.cameras.figures import CELLS_X, CELLS_Y, MASKED, MAX_EDGE, Measures

Grey = NDArray[np.uint8]
_Floats = NDArray[np.float32]

#: A cell has 10 x 10 points.
WIDTH: Final = 320
HEIGHT: Final = 180
#: The quantile of cells that holds the sensor's noise; people fill less than the rest.
_QUIET: Final = 0.25
#: Differences of a cell that are rounding of a codec and no noise have less variance than this.
_SAME: Final = 0.004
#: A whole cell that became brighter or darker by this many levels has changed too.
_STEP: Final = 0.5
#: Brightness added to a cell's before it divides: below it edges are noise.
_DARK: Final = 8.0
#: Noise of a cell is at most this much of the quiet cells': more is somebody who walks.
_NOISIEST: Final = 2.0
#: The cells with the highest values that say nothing.
_LETTERS: Final = 0.93
#: How well the noise in the mean over all cells is known, as a share of it: its scatter in rendered nights is 0.008.
_NOISE_ERROR: Final = 0.01
#: An edge of this share of the brightness is as good as any that is stronger.
_STRONG_EDGE: Final = 0.6
#: Values at which a sensor clips and shows no noise.
_CLIPPED_LOW: Final = 4.0
_CLIPPED_HIGH: Final = 250.0
#: Laplacian and central differences: sums of the squares of their kernels.
_LAPLACIAN_GAIN: Final = 20.0
_SLOPE_GAIN: Final = 2.0


def measure(now: Grey, before: Grey | None, seen: NDArray[np.bool_] | None = None) -> Measures:
    """Return what a picture of HEIGHT x WIDTH says; `seen` (CELLS_Y x CELLS_X) is False where a mask lies."""
    picture = now.astype(np.float32)
    if seen is None:
        seen = np.ones((CELLS_Y, CELLS_X), np.bool_)
    means = _cells(picture).mean(axis=(1, 3))
    inside = means[seen] if seen.any() else means.ravel()
    change, noise = _against(picture, before, means, seen)
    sharpness, doubt = (None, 0.0) if noise is None else _sharpness(picture, means, noise, seen)
    return Measures(
        brightness=float(inside.mean()),
        highlight=float(np.quantile(inside, 0.98)),
        change=change,
        noise=None if noise is None else float(np.quantile(noise, _QUIET)) ** 0.5,
        sharpness=sharpness,
        doubt=doubt,
        layout=_layout(picture, means, noise, seen),
    )


def _against(
    picture: _Floats, before: Grey | None, means: _Floats, seen: NDArray[np.bool_]
) -> tuple[float | None, _Floats | None]:
    """Return (share of cells that changed, variance of the noise of each cell) against the picture before."""
    if before is None:
        return None, None
    difference = _cells(picture - before.astype(np.float32))
    varied = difference.var(axis=(1, 3))
    alive = seen & (means > _CLIPPED_LOW) & (means < _CLIPPED_HIGH)
    judged = alive if alive.sum() >= seen.size / 8 else np.ones_like(seen)
    noise = np.minimum(varied, _NOISIEST * np.quantile(varied[judged], _QUIET)) / 2
    if judged is not alive:
        return None, noise
    moved = (varied > _SAME) | (np.abs(difference.mean(axis=(1, 3))) > _STEP)
    return float(moved[alive].mean()), noise


def _sharpness(picture: _Floats, means: _Floats, noise: _Floats, seen: NDArray[np.bool_]) -> tuple[float | None, float]:
    if not seen.any():
        return None, 0.0
    light = (means + _DARK) ** 2
    curved = ((_cells(_laplacian(picture)).var(axis=(1, 3)) - _LAPLACIAN_GAIN * noise) / light)[seen]
    doubt = _NOISE_ERROR * float((_LAPLACIAN_GAIN * noise / light)[seen].mean())
    return max(0.0, float(curved[curved <= np.quantile(curved, _LETTERS)].mean())), doubt


def _layout(picture: _Floats, means: _Floats, noise: _Floats | None, seen: NDArray[np.bool_]) -> tuple[int, ...]:
    across = np.zeros_like(picture)
    down = np.zeros_like(picture)
    across[:, 1:-1] = picture[:, 2:] - picture[:, :-2]
    down[1:-1] = picture[2:] - picture[:-2]
    found = []
    for slope in (across, down):
        energy = (_cells(slope) ** 2).mean(axis=(1, 3)) - (0.0 if noise is None else _SLOPE_GAIN * noise)
        share = np.sqrt(np.maximum(energy, 0.0)) / (means + _DARK)
        found.append(np.where(seen, np.sqrt(np.minimum(share / _STRONG_EDGE, 1.0)) * MAX_EDGE, MASKED))
    return tuple(int(value) for value in np.concatenate(found).ravel())


def _laplacian(picture: _Floats) -> _Floats:
    found = np.zeros_like(picture)
    around = picture[:-2, 1:-1] + picture[2:, 1:-1] + picture[1:-1, :-2] + picture[1:-1, 2:]
    found[1:-1, 1:-1] = around - 4 * picture[1:-1, 1:-1]
    return found


def _cells(picture: _Floats) -> _Floats:
    """Return a view (CELLS_Y, height, CELLS_X, width) of a picture."""
    return picture.reshape(CELLS_Y, picture.shape[0] // CELLS_Y, CELLS_X, picture.shape[1] // CELLS_X)

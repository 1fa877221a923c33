"""People as a recogniser sees them, made of numbers: close to themselves, as far from others as was measured."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.faces.gallery.gallery import StationGallery
from edge.faces.terms import Check, Vault
from edge.sign import load_key

DIMENSION = 192
MODEL = "made-of-numbers@00000000"
CHECK = Check("1234", "0307")

#: Cosines of two people, mean and spread, such that one in about 800 pairs passes .60: of 3,696 real pairs 3 did.
DIFFERENT = (0.195, 0.134)
#: What all people have in common, before the noise of a picture.
COMMON = 0.24


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return rows of length 1."""
    long: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return long


class Crowd:
    """People drawn from a seed, as alike as measured: a few features matter much, as they do in real faces.

    Cosines of vectors with `features` equal directions spread by 1 / sqrt(features) around what all have in common.
    21 of them and a common part of .24 give pictures, each .9 from its person, the mean and spread that were measured.
    """

    def __init__(self, seed: int, people: int, dimension: int = DIMENSION, features: int = 21) -> None:
        self._random = np.random.default_rng(seed)
        world = np.random.default_rng(0)
        basis = np.linalg.qr(world.standard_normal((dimension, dimension)))[0]
        features = min(features, dimension - 1)
        own = unit(self._random.standard_normal((people, features))) @ basis[1 : features + 1]
        self.people = unit(np.sqrt(COMMON) * basis[0] + np.sqrt(1 - COMMON) * own)

    def frames(self, person: int, count: int = 5, cosine: float = 0.9) -> list[NDArray[np.float32]]:
        """Return pictures of one person, each about `cosine` from what he looks like."""
        noise = unit(self._random.standard_normal((count, self.people.shape[1])))
        return list(unit(cosine * self.people[person] + np.sqrt(1 - cosine**2) * noise))


def vault_of(folder: Path, station: str = "st-01") -> Vault:
    """Return where a station's gallery lies; its device has a key."""
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    load_key(state)
    return Vault(state / "faces.sqlite3", folder / "etc" / "faces.key", state, station)


def opened(folder: Path, model: str = MODEL, dimension: int = DIMENSION) -> StationGallery:
    """Return a station's gallery."""
    return StationGallery.open(vault_of(folder), model, dimension)

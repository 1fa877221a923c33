"""A revocable turn of all embeddings of one gallery: cosines stay, and what is turned is of no use beside another."""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

TURN_BYTES: Final = 16
_DOMAIN: Final = b"yizhan face rotation 1\0"


def rotation_of(key: bytes, turn: bytes, dimension: int) -> NDArray[np.float32]:
    """Return an orthogonal matrix, shape (dimension, dimension), that only who has the key can make again.

    Q of the QR decomposition of a matrix of normal numbers, the signs of R's diagonal taken out: Haar distributed
    (Mezzadri, "How to generate random matrices from the classical compact groups", 2007).
    """
    seed = hashlib.sha256(_DOMAIN + key + turn + dimension.to_bytes(4)).digest()
    normal = np.random.Generator(np.random.PCG64(int.from_bytes(seed))).standard_normal((dimension, dimension))
    q, r = np.linalg.qr(normal)
    turned: NDArray[np.float32] = (q * np.sign(np.diagonal(r))).astype(np.float32)
    return turned

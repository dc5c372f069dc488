"""What the operator of a stand-in decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The defaults are those of a demo; tests switch `instant` on."""

    instant: bool = False
    """Whether a task is finished in the answer that starts it."""
    pending_seconds: float = 0.3
    running_seconds: float = 0.9
    """How long a task shows each state; the clock decides, so two readers see the same."""
    schedules: bool = True
    """Whether active importers run on their crontabs by themselves."""
    points: int = 1_000_000
    """Points of one select, shared equally by its series; the tutorial speaks of 10 000."""
    ftp_host: str | None = None
    """The host that account records name; None: the one that the server listens on."""
    passive_ports: tuple[int, int] | None = None
    """First and last passive FTP port; None: sixteen that are free at the start."""
    script_python: str | None = None
    """A Python with pandas that may run posted scripts; None: scripts are refused."""
    script_seconds: float = 30.0
    script_memory: int = 1 << 30
    """Address space of a script's process, in bytes."""
    script_file: int = 64 << 20
    """The largest file that a script can write, its result too, in bytes."""
    filters_remove: bool = True
    """Whether a cleaner's filter function names values to remove [G, 4.4]; False: to keep."""

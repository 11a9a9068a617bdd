"""Bounds that a program run ``apart`` sets itself. It imports nothing of ours or of others, so that they come before all else."""

import resource


def limit(*, memory: int, cpu_seconds: int, written: int | None = None) -> None:
    """Bound what this process may use, whatever the file makes the libraries do."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    if written is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

"""How much longer things take while others use this machine too."""

import os


def patience() -> float:
    """Give the factor for a limit in seconds that was measured alone: 1 on an idle machine, else how many share a core."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))

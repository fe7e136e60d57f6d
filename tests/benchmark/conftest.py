"""The modules of the benchmark are importable as `make bench` imports them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "bench"))

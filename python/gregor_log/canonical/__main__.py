"""python -m gregor_log.canonical test|audit|restore: what `gregor canonical` does, where there is Python only."""

import sys

from ..program import main

sys.exit(main())

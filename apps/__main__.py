"""`python -m apps`, the same as `squeezeseg`."""

import sys

from apps.cli import main

sys.exit(main())

"""`python -m seedgit`."""

import sys

from seedgit.cli.main import main

sys.exit(main())

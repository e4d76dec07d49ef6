"""What each command of ``reprise`` does, one module a command. Knows files and terminals, no rules of learning."""

import os

# One thread for linear algebra: several on shared cores cost more than they bring. It must be said before numpy loads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

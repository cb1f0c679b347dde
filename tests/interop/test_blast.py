"""A few thousand mutated messages; `tests/interop/blast` does a hundred thousand."""
import os

import pytest

import blast
from dyad import binary


@pytest.mark.catalogue("X-05", "X-04")
def test_no_mutated_message_ends_a_session_that_the_rfc_keeps(lab):
    seed = int(os.environ.get("DYAD_SEED", 20261123))
    counts, _ = blast.run(lab, binary(), updates=6000, opens=24, seed=seed)
    assert counts["survived"] > 5000 and counts["reset, as the RFC has it"] > 0 and counts["tables compared"] > 0

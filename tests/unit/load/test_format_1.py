"""The ledger's form 1: whatever a line said in it, it says today."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chimpline.evidence import Evidence, FirstPart, GateValues
from chimpline.load.format_1 import evidence_of
from tests.format_1 import gate_of
from tests.unit.test_evidence import EVIDENCE

ODD = st.lists(
    st.fixed_dictionaries({"reason": st.text(max_size=5), "count": st.integers(1, 9)}), max_size=2
)


def has_a_form_1(evidence: Evidence) -> bool:
    """Columns of a report: none is called as what chimpline put beside them."""
    gate = evidence.gate if isinstance(evidence, FirstPart) else evidence
    if not isinstance(gate, GateValues):
        return True
    names = set(gate.values)
    told_otherwise = not names or names in ({"told"}, {"fields", "tags"})
    return not told_otherwise and not any(name[:1] == "_" for name in names)


@given(EVIDENCE.filter(has_a_form_1), ODD)
def test_evidence_comes_back_from_form_1(evidence: Evidence, odd: list[dict[str, Any]]) -> None:
    gate = json.loads(json.dumps(gate_of(evidence, odd)))
    assert (evidence, tuple(odd)) == evidence_of(gate)


def test_a_line_without_evidence_has_none_in_either_form() -> None:
    assert (None, ()) == evidence_of({})

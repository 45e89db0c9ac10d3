"""The contract that every platform keeps, for the tests of ours and of third parties. Needs pytest for nothing.

from reconciler.testing import CASES, Subject

@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_contract(case, tmp_path, subject: Subject):
    case(subject, tmp_path)
"""

from reconciler.testing.subject import Subject

__all__ = ["Subject"]

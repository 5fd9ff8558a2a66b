"""A job's full name follows its parents', though QuickBooks does not send the job again."""

from qbwc_bridge.records import CustomerJob
from qbwc_bridge.sync.names import outdated


def _known(*jobs: tuple[str, str, str, str]) -> dict[str, CustomerJob]:
    return {one[0]: CustomerJob(*one) for one in jobs}


def test_what_is_below_a_renamed_customer_gets_its_new_name() -> None:
    known = _known(
        ("1", "Schmidt", "Schmidt", ""),
        ("2", "Kitchen", "Smith:Kitchen", "1"),
        ("3", "Island", "Smith:Kitchen:Island", "2"),
    )
    assert outdated(known) == {"2": "Schmidt:Kitchen", "3": "Schmidt:Kitchen:Island"}


def test_names_that_agree_stay() -> None:
    assert outdated(_known(("1", "Smith", "Smith", ""), ("2", "Kitchen", "Smith:Kitchen", "1"))) == {}


def test_a_job_whose_parent_or_name_is_unknown_keeps_what_it_has() -> None:
    assert outdated(_known(("2", "Kitchen", "Smith:Kitchen", "1"), ("4", "", "Jones", ""))) == {}


def test_a_circle_ends() -> None:
    circle = _known(("1", "A", "B:A", "2"), ("2", "B", "A:B", "1"))
    assert set(outdated(circle)) <= {"1", "2"}

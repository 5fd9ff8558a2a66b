"""What a complete pull asks for, and what it then knows completely."""

from qbwc_bridge.records import CustomerJob
from qbwc_bridge.sync.scope import Scope, scope_of

ABOVE = {"smith": "", "kitchen": "smith", "island": "kitchen", "garage": "smith", "jones": "", "roof": "jones"}
KNOWN = {one: CustomerJob(one, one, one, parent) for one, parent in ABOVE.items()}


def test_a_job_is_asked_for_with_all_its_parents() -> None:
    known = frozenset({"island", "kitchen", "smith"})
    assert scope_of("island", False, KNOWN) == Scope(("island", "kitchen", "smith"), False, known)


def test_a_customer_alone_is_asked_for_alone() -> None:
    assert scope_of("jones", False, KNOWN) == Scope(("jones",), False, frozenset({"jones"}))


def test_a_customer_with_jobs_is_one_subtree() -> None:
    subtree = frozenset({"smith", "kitchen", "island", "garage"})
    assert scope_of("smith", True, KNOWN) == Scope(("smith",), True, subtree)


def test_a_job_with_jobs_is_asked_for_one_by_one_since_its_parent_counts_too() -> None:
    known = frozenset({"island", "kitchen", "smith"})
    assert scope_of("kitchen", True, KNOWN) == Scope(("kitchen", "island", "smith"), False, known)


def test_who_paid_its_invoices_before_is_asked_for_too() -> None:
    assert scope_of("roof", False, KNOWN, ["smith", "jones"]).ids == ("roof", "jones", "smith")


def test_a_customer_with_jobs_that_somebody_else_paid_for_is_asked_for_one_by_one() -> None:
    subtree = ("smith", "garage", "island", "kitchen")
    assert scope_of("smith", True, KNOWN, ["jones"]) == Scope(
        (*subtree, "jones"), False, frozenset({*subtree, "jones"})
    )


def test_a_payer_that_is_a_parent_too_is_asked_for_once() -> None:
    assert scope_of("garage", False, KNOWN, ["smith"]).ids == ("garage", "smith")


def test_the_scope_of_the_same_link_is_always_the_same() -> None:
    backwards = dict(reversed(KNOWN.items()))
    assert scope_of("island", True, KNOWN, ["roof", "jones"]) == scope_of("island", True, backwards, ["jones", "roof"])


def test_a_deleted_payer_is_not_asked_for() -> None:
    known = KNOWN | {"jones": CustomerJob("jones", "jones", "jones", deleted=True)}
    assert scope_of("garage", False, known, ["jones"]).ids == ("garage", "smith")


def test_a_payer_within_the_subtree_changes_nothing() -> None:
    assert scope_of("smith", True, KNOWN, ["kitchen"]) == scope_of("smith", True, KNOWN)


def test_a_deleted_parent_is_not_asked_for() -> None:
    known = KNOWN | {"smith": CustomerJob("smith", "smith", "smith", deleted=True)}
    assert scope_of("garage", False, known).ids == ("garage",)


def test_a_payer_nobody_knows_is_not_asked_for() -> None:
    assert scope_of("jones", False, KNOWN, ["unknown"]).ids == ("jones",)


def test_an_unknown_job_is_asked_for_by_itself() -> None:
    assert scope_of("new", False, KNOWN) == Scope(("new",), False, frozenset({"new"}))


def test_parents_in_a_circle_end() -> None:
    circle = {"a": CustomerJob("a", "a", "a", "b"), "b": CustomerJob("b", "b", "b", "a")}
    assert scope_of("a", False, circle).ids == ("a", "b")

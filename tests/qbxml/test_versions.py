"""Which qbXML version is spoken."""

import pytest

from qbwc_bridge.qbxml import negotiate

LISTED = [
    (["1.0", "9.0", "13.0", "16.0"], "13.0"),
    (["13.0", "1.0"], "13.0"),
    (["6.0", "7.0", "9.0", "10.0"], "10.0"),  # as numbers: 10.0 is more than 9.0
    (["5.0"], "5.0"),
    (["4.0", "4.1"], None),
    (["CA2.0", "CA6.0"], "CA6.0"),
    (["CA3.0"], None),
    (["12.0", "garbage", ""], "12.0"),
]


@pytest.mark.parametrize(("supported", "spoken"), LISTED)
def test_the_highest_version_both_know_is_spoken(supported: list[str], spoken: str | None) -> None:
    assert negotiate(supported) == spoken


UNLISTED = [((13, 0), "13.0"), ((16, 0), "13.0"), ((8, 0), "8.0"), ((5, 0), "5.0"), ((4, 1), None), ((0, 0), None)]


@pytest.mark.parametrize(("told", "spoken"), UNLISTED)
def test_without_a_list_the_request_processors_own_version_counts(told: tuple[int, int], spoken: str | None) -> None:
    assert negotiate([], *told) == spoken


def test_a_list_of_newer_versions_alone_falls_back_on_the_request_processor() -> None:
    assert negotiate(["14.0", "16.0"], 16, 0) == "13.0"


@pytest.mark.parametrize("supported", [["garbage"], ["garbage", "", "1", "x.y", "13"], ["99.0", "garbage"]])
@pytest.mark.parametrize(("told", "spoken"), UNLISTED)
def test_a_list_nobody_can_read_is_no_list(supported: list[str], told: tuple[int, int], spoken: str | None) -> None:
    assert negotiate(supported, *told) == spoken

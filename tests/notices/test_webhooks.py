"""Webhooks to a real web server: what it gets, how it can trust it, and whom nothing is sent to."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from listeners import Hook, web_server
from notices.conftest import Certificate

from qbwc_bridge.errors import InvalidValue, NotSent
from qbwc_bridge.notices import dialling
from qbwc_bridge.notices.dialling import is_public
from qbwc_bridge.notices.webhooks import checked_url, post

NOW = datetime(2026, 11, 23, 21, 4, tzinfo=UTC)
SECRET = "a secret of ours"
DOCUMENT = json.dumps({"id": "4711", "company": "Müller & Söhne"}, ensure_ascii=False)
README = Path(__file__).parents[2] / "README.md"


def send(url: str, *, allow_private: bool = True) -> None:
    post(url, DOCUMENT, "4711", SECRET, NOW, allow_private)


def refused(url: str, **options: Any) -> str:
    with pytest.raises(NotSent) as caught:
        send(url, **options)
    return caught.value.sentence


def is_genuine() -> Any:
    """The example of the README, as somebody would copy it."""
    found = re.search(r"```python\n(import hashlib.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found, "the README has no example"
    assert len(found[1].strip().splitlines()) <= 12
    names: dict[str, Any] = {}
    exec(found[1], names)
    return names["is_genuine"]


def test_the_document_arrives_word_for_word(hook: Hook) -> None:
    send(f"{hook.url}/notices?key=1#part")
    assert hook.bodies == [DOCUMENT.encode()]
    assert hook.paths == ["/notices?key=1"]
    (headers,) = hook.headers
    assert headers["X-Qbwc-Bridge-Delivery"] == "4711"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Host"] == hook.url.removeprefix("http://")


def test_the_example_of_the_readme_tells_a_real_one_from_a_forgery(hook: Hook) -> None:
    send(hook.url)
    genuine, header = is_genuine(), hook.headers[0]["X-Qbwc-Bridge-Signature"]
    soon = NOW.timestamp() + 20
    assert genuine(SECRET, header, hook.bodies[0], soon)
    assert not genuine("another secret", header, hook.bodies[0], soon)
    assert not genuine(SECRET, header, hook.bodies[0] + b" ", soon)
    assert not genuine(SECRET, header, hook.bodies[0], soon + 3600)
    later = header.replace(f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp()) + 3600}")
    assert later != header
    assert not genuine(SECRET, later, hook.bodies[0], soon + 3600)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "404 Not Found"), (500, "500 Internal Server Error"), (599, "599")]
)
def test_another_answer_than_thanks_is_said(hook: Hook, status: int, words: str) -> None:
    hook.status = status
    assert refused(hook.url) == f"The address answered {words}."


@pytest.mark.parametrize("status", [301, 302, 307])
def test_redirects_are_not_followed(hook: Hook, status: int) -> None:
    hook.status = status
    assert refused(hook.url).endswith("and redirects are not followed.")
    assert hook.paths == ["/"]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_thanks_will_do(hook: Hook, status: int) -> None:
    hook.status = status
    send(hook.url)
    assert len(hook.bodies) == 1


def test_nothing_goes_inside_unless_allowed(hook: Hook) -> None:
    assert refused(hook.url, allow_private=False) == dialling.PRIVATE
    assert hook.bodies == []


def test_a_public_name_that_leads_inside_is_refused(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a name server of an attacker would have it, one address of two is ours."""
    inside = ("127.0.0.1", int(hook.url.rpartition(":")[2]))

    def answer(host: str, port: int, **_: Any) -> list[Any]:
        assert host == "evil.example"
        stream = dialling.socket.SOCK_STREAM
        return [(dialling.socket.AF_INET, stream, 6, "", address) for address in (("93.184.216.34", port), inside)]

    monkeypatch.setattr(dialling.socket, "getaddrinfo", answer)
    assert refused("https://evil.example/", allow_private=False) == dialling.PRIVATE
    assert hook.bodies == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False), ("127.8.9.1", False), ("0.0.0.0", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("192.0.2.1", False),
        ("224.0.0.1", False), ("239.1.1.1", False), ("255.255.255.255", False), ("::1", False), ("::", False),
        ("fe80::1", False), ("fe80::1%eth0", False), ("fd12::1", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False), ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False), ("2001:0:1::1", False), ("2002:5db8:d822::", True),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_over_tls_the_certificate_counts(trusted: Certificate) -> None:
    with web_server(trusted.context) as hook:
        send(hook.url)
        assert hook.bodies == [DOCUMENT.encode()]
        assert "certificate of the address is not trusted" in refused(hook.url.replace("localhost", "127.0.0.1"))


def test_a_certificate_nobody_trusts(certificate: Certificate) -> None:
    with web_server(certificate.context) as hook:
        assert "certificate of the address is not trusted" in refused(hook.url)
        assert hook.bodies == []


def test_who_answers_byte_by_byte_is_cut_off(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling.Deadline.__init__, "__defaults__", (0.4,))
    hook.slow = True
    began = time.monotonic()
    assert refused(hook.url) == dialling.SLOW
    assert time.monotonic() - began < 5


def test_a_name_that_cannot_be_looked_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling.Deadline.__init__, "__defaults__", (0.2,))
    monkeypatch.setattr(dialling.socket, "getaddrinfo", lambda *_, **__: time.sleep(1))
    assert refused("https://slow.example/") == dialling.SLOW


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "example.com/notices", "https://", "https://user:secret@example.com/",
        "https://example.com:0/", "https://example.com:x/", "https://exa mple.com/", "https://example.com/a\r\nHost: b",
        "https://exämple.com/", "https://[::1", "javascript:alert(1)", "https://example.com/" + "x" * 1000, "http://localhost.evil/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_webhook(url: str) -> None:
    with pytest.raises(InvalidValue):
        checked_url(url)


def test_what_is_one() -> None:
    for url in ("https://example.com", "https://example.com:8443/a/b?c=d", "http://localhost:9/x", "http://127.0.0.1/"):
        assert checked_url(url) == url

"""Mails through a real mail server: what arrives, and what is said when it does not."""

import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from listeners import Mailbox, mail_server
from notices.conftest import Certificate

from qbwc_bridge.config import Config, Mail
from qbwc_bridge.errors import NotSent
from qbwc_bridge.notices import dialling
from qbwc_bridge.notices.mail import send_mail

NOW = datetime(2026, 11, 23, 21, 4, tzinfo=UTC)
TO = "dana@acme.example"


def send(mail: Mail, to: str = TO, subject: str = "Müller & Söhne: it works", text: str = "Grüße\n") -> None:
    send_mail(mail, to, subject, text, "4711", NOW)


def refused(mail: Mail, to: str = TO) -> str:
    with pytest.raises(NotSent) as caught:
        send(mail, to)
    return f"{caught.value.sentence} {caught.value.hint}".strip()


def test_a_mail_arrives_as_it_was_written(config: Config, mailbox: Mailbox) -> None:
    send(config.mail)
    (mail,) = mailbox.mails
    assert mailbox.recipients == [TO]
    assert mail["Subject"] == "Müller & Söhne: it works"
    assert (mail["To"], mail["From"]) == (TO, "qbwc-bridge <bridge@office.example>")
    assert mail["Message-ID"] == "<4711@office.example>"
    assert mail["Date"] == "Mon, 23 Nov 2026 21:04:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mailbox.text() == "Grüße\n"


def test_a_line_break_in_a_name_makes_no_header(config: Config, mailbox: Mailbox) -> None:
    send(config.mail, subject="Acme\r\nBcc: everybody@example.com")
    assert mailbox.mails[0]["Bcc"] is None
    assert mailbox.recipients == [TO]


def test_a_dot_on_its_own_ends_nothing(config: Config, mailbox: Mailbox) -> None:
    send(config.mail, text="before\n.\nafter\n")
    assert mailbox.text() == "before\n.\nafter\n"


def test_without_a_server_it_says_who_can_name_one() -> None:
    assert refused(Mail()) == (
        "No mail server is set up in this installation. "
        "Whoever runs qbwc-bridge sets [mail] host and sender in its configuration."
    )


def test_a_server_that_is_not_there(config: Config) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert refused(replace(config.mail, port=port)) == "It could not be reached: Connection refused."


def test_a_name_nobody_has(config: Config) -> None:
    assert refused(replace(config.mail, host="nobody.invalid")).startswith("There is no machine of this name.")


def test_a_refused_address_is_said_in_the_servers_words(config: Config, mailbox: Mailbox) -> None:
    mailbox.says = "550 5.1.1 no such user here"
    assert refused(config.mail) == "The mail server refused this address: 550 5.1.1 no such user here"
    assert mailbox.mails == []


@pytest.mark.parametrize("to", ["dana@", "a b@example.com", "dana@example.com, sam@example.com"])
def test_what_is_no_address_is_not_sent_to(config: Config, mailbox: Mailbox, to: str) -> None:
    assert refused(config.mail, to) == "This is not an address mail can be sent to."
    assert mailbox.mails == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_password_goes_through_tls_only(
    config: Config, trusted: Certificate, tmp_path: Path, security: str
) -> None:
    password = tmp_path / "password"
    password.write_text("open sesame\nnot this line\n")
    context = {security: trusted.context}
    with mail_server(**context) as box:
        box.accepts = "open sesame"
        mail = replace(config.mail, port=box.port, security=security, user="bridge", password_file=password)
        send(mail)
        assert box.recipients == [TO]
        box.accepts = "something else"
        assert refused(mail).startswith("The mail server refused the user name or the password: 535")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_trusts_ends_it(config: Config, certificate: Certificate, security: str) -> None:
    context = {security: certificate.context}
    with mail_server(**context) as box:
        said = refused(replace(config.mail, port=box.port, security=security))
        assert said == "The mail server's certificate or its TLS cannot be used: CERTIFICATE_VERIFY_FAILED."
        assert box.mails == []


def test_a_server_without_starttls_gets_nothing(config: Config, mailbox: Mailbox) -> None:
    said = refused(replace(config.mail, security="starttls"))
    assert said.startswith("The mail server can't do what is needed: STARTTLS")
    assert mailbox.mails == []


def test_a_password_file_that_is_gone(config: Config, tmp_path: Path) -> None:
    mail = replace(config.mail, user="bridge", password_file=tmp_path / "nothing")
    assert refused(mail).startswith("The file with the mail server's password cannot be read.")


def test_a_server_that_says_nothing_is_left_alone_in_time(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling.Deadline.__init__, "__defaults__", (0.3,))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = refused(replace(config.mail, port=silent.getsockname()[1]))
    assert said == dialling.SLOW

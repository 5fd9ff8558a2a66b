"""One mail through the mail server of the configuration.

In: an address, a subject, a text. Out: nothing when the server has taken it; else NotSent with what it answered. Each mail
has a Message-ID that is the same whenever it is sent again, so that a mailbox can tell a repetition.
"""

import smtplib
import socket
import ssl
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from qbwc_bridge.config import Mail
from qbwc_bridge.errors import NotSent
from qbwc_bridge.notices.dialling import Deadline, cut_off, dial, unreached

NO_SERVER = "No mail server is set up in this installation."
SET_UP = "Whoever runs qbwc-bridge sets [mail] host and sender in its configuration."
READY = 220
LONGEST = 300
"""So much of what a server answers is kept."""


def send_mail(mail: Mail, to: str, subject: str, text: str, name: str, now: datetime) -> None:
    """Raises NotSent. ``name`` is the message's own identifier."""
    if not mail.host:
        raise NotSent(NO_SERVER, SET_UP)
    message = _message(mail, to, subject, text, name, now)
    deadline = Deadline()
    server = _Server(mail, deadline)
    try:
        with cut_off(deadline, lambda: server.sock):
            _deliver(server, mail, message, to)
    except smtplib.SMTPException as error:
        raise NotSent(_in_words(error)) from error
    except ssl.SSLError as error:
        raise NotSent(f"The mail server's certificate or its TLS cannot be used: {error.reason or error}.") from error
    except OSError as error:
        raise unreached(error) from error
    finally:
        server.close()


class _Server(smtplib.SMTP):
    """A mail server, called by our own dialling. ``sock`` is None until then."""

    sock: socket.socket | None

    def __init__(self, mail: Mail, deadline: Deadline) -> None:
        self.chosen, self.deadline = mail, deadline
        super().__init__(local_hostname=mail.sender.partition("@")[2] or "localhost", timeout=deadline.left)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = dial(host, port, self.deadline, allow_private=True)  # whoever runs this installation has named it
        if self.chosen.security != "tls":
            return line
        try:
            return ssl.create_default_context().wrap_socket(line, server_hostname=host)
        except BaseException:
            line.close()
            raise


def _deliver(server: _Server, mail: Mail, message: EmailMessage, to: str) -> None:
    server._host = mail.host  # type: ignore[attr-defined]  # starttls checks the certificate against it
    code, said = server.connect(mail.host, mail.port)
    if code != READY:
        raise smtplib.SMTPConnectError(code, said)
    if mail.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    if mail.user:
        server.login(mail.user, _password(mail))
    server.send_message(message, mail.sender, [to])
    with suppress(smtplib.SMTPException, OSError):
        server.quit()  # it has the message; how it says goodbye is its own affair


def _message(mail: Mail, to: str, subject: str, text: str, name: str, now: datetime) -> EmailMessage:
    message = EmailMessage(SMTP)
    try:
        message["From"] = Address("qbwc-bridge", addr_spec=mail.sender)
        message["To"] = Address(addr_spec=to)
    except (MessageError, ValueError, IndexError) as error:
        raise NotSent("This is not an address mail can be sent to.") from error
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{name}@{mail.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    return message


def _password(mail: Mail) -> str:
    try:
        lines = mail.password_file.read_text("utf-8-sig").splitlines() if mail.password_file else []
    except (OSError, UnicodeDecodeError) as error:
        raise NotSent("The file with the mail server's password cannot be read.", SET_UP) from error
    return lines[0].strip() if lines else ""


def _in_words(error: smtplib.SMTPException) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return (
                f"The mail server refused the user name or the password: {_answer(error.smtp_code, error.smtp_error)}"
            )
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()), (0, b""))
            return f"The mail server refused this address: {_answer(code, said)}"
        case smtplib.SMTPSenderRefused():
            return f"The mail server refused the sender: {_answer(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPResponseException():
            return f"The mail server refused: {_answer(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPServerDisconnected():
            return "The mail server closed the connection."
        case _:
            return f"The mail server can't do what is needed: {str(error)[:LONGEST]}"


def _answer(code: int, said: Any) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(f"{code} {text}".split())[:LONGEST]

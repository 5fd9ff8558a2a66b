"""The configuration: one table, from which the ini file, the environment, the documentation and the errors all come.

In: the path of an ini file and the environment. Out: a :class:`Config`, frozen and typed, or one ``ConfigurationError``
that lists every problem at once; the text of ``config.example.ini``. It will never know what
the options are used for, and it never shows the value of an option that may hold a password.
"""

import configparser
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qbwc_bridge.config.kinds import (
    DATABASE_URL,
    FILE,
    FILE_OR_NOTHING,
    HOST,
    HOST_OR_NOTHING,
    MAIL_ADDRESS,
    PEM,
    PUBLIC_URL,
    REDIS_URL,
    TEXT,
    YES_OR_NO,
    Kind,
    one_of,
    whole,
)
from qbwc_bridge.config.sections import Config, Database, Log, Mail, Notices, Server, Sync, Web
from qbwc_bridge.errors import ConfigurationError

__all__ = [
    "FILE_VARIABLE",
    "OPTIONS",
    "Config",
    "Database",
    "Log",
    "Mail",
    "Notices",
    "Server",
    "Sync",
    "Web",
    "chosen_file",
    "example_ini",
    "load",
]

PREFIX = "QBWC_BRIDGE_"
FILE_VARIABLE = "QBWC_BRIDGE_CONFIG"
DEFAULT_FILE = Path("config.ini")
HERE = {"localhost", "127.0.0.1", "::1"}

# The table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """One row: what it is called, what it is without being set, what is legal, what it means."""

    section: str
    name: str
    default: str
    kind: Kind
    meaning: str

    @property
    def variable(self) -> str:
        """The environment variable that overrides it."""
        return f"{PREFIX}{self.section}_{self.name}".upper()


# A table is read in rows.
# fmt: off
OPTIONS: tuple[Option, ...] = (
    Option("server", "host", "127.0.0.1", HOST,
           "The address the service listens on. 0.0.0.0 is every IPv4 address of this machine, :: every IPv6 one."),
    Option("server", "port", "8765", whole(1, 65535),
           "The port the service listens on."),
    Option("server", "public_url", "http://localhost:8765", PUBLIC_URL,
           "The address people and the Web Connector use. The Web Connector wants https, or localhost."),
    Option("server", "tls_certificate", "", PEM,
           "The certificate with its chain, when this service speaks https itself. Empty behind a proxy that does."),
    Option("server", "tls_private_key", "", PEM,
           "The private key of the certificate."),
    Option("server", "workers", "1", whole(1, 64),
           "How many processes serve. One answers about 900 calls a second; more need a system that can share a port."),
    Option("server", "trusted_proxies", "0", whole(0, 10),
           "How many proxies of your own stand in front and set X-Forwarded-For. 0: the header is ignored."),
    Option("server", "redis_url", "", REDIS_URL,
           "Where several processes count wrong passwords together. Empty: each counts by itself."),
    Option("database", "url", "sqlite:///qbwc-bridge.db", DATABASE_URL,
           "Where everything is kept. sqlite:///FILE is relative to the current directory, sqlite:////FILE is not."),
    Option("sync", "poll_minutes", "15", whole(1, 1440),
           "How often the Web Connector asks. It goes into the .qwc file; its user may choose another interval."),
    Option("sync", "page_size", "500", whole(10, 5000),
           "How many records QuickBooks sends at a time. Smaller pages keep QuickBooks usable while it syncs."),
    Option("sync", "max_response_mb", "128", whole(1, 1024),
           "The largest body the Web Connector may send, in megabytes."),
    Option("sync", "keep_messages_days", "30", whole(0, 3650),
           "How long the messages to and from QuickBooks are kept for the sync log. 0: none are kept."),
    Option("sync", "keep_log_days", "400", whole(0, 3650),
           "How long the sync log goes back. The last syncs of a company stay, and so does all history. 0: for ever."),
    Option("web", "secret_key_file", "qbwc-bridge.secret", FILE,
           "The key that signs sessions. init makes it; every process that serves one database needs the same one."),
    Option("web", "session_days", "14", whole(1, 365),
           "How long a person stays signed in without using the site."),
    Option("web", "keep_audit_days", "0", whole(0, 3650),
           "How long the audit goes back. 0: for ever."),
    Option("log", "level", "INFO", one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
           "The least important kind of line that is written."),
    Option("log", "format", "text", one_of("text", "json"),
           "text for people, json for programs (one object a line). Both go to stderr."),
    Option("mail", "host", "", HOST_OR_NOTHING,
           "The mail server that takes notices. Without one no notice is sent by email."),
    Option("mail", "port", "587", whole(1, 65535),
           "Its port: mostly 587 with starttls, 465 with tls, 25 with none."),
    Option("mail", "security", "starttls", one_of("starttls", "tls", "none"),
           "How the way to it is secured. none is for a server on this machine or in a network of your own."),
    Option("mail", "user", "", TEXT,
           "The user name for the mail server. Empty when it wants none."),
    Option("mail", "password_file", "", FILE_OR_NOTHING,
           "The file whose first line is the password of that user."),
    Option("mail", "sender", "", MAIL_ADDRESS,
           "The address notices come from."),
    Option("notices", "allow_private", "no", YES_OR_NO,
           "May a webhook go to this machine or into a private network? An admin of any company could name it."),
    Option("notices", "keep_days", "90", whole(1, 3650),
           "How long notices that were sent or given up are listed."),
)
# fmt: on

SECTIONS: dict[str, type[Any]] = {
    "server": Server, "database": Database, "sync": Sync, "web": Web, "log": Log, "mail": Mail, "notices": Notices,
}  # fmt: skip
_BY_KEY = {(option.section, option.name): option for option in OPTIONS}
_BY_VARIABLE = {option.variable: option for option in OPTIONS}


# Reading ----------------------------------------------------------------------------------------------------------


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration of ``path`` (else of ``QBWC_BRIDGE_CONFIG``, else of ``./config.ini`` if that exists).

    The environment overrides the file. Raises ConfigurationError with all problems of both.
    """
    problems: list[str] = []
    values = {key: option.kind.read(option.default) for key, option in _BY_KEY.items()}
    values.update(_from_file(path, environ, problems))
    values.update(_from_environment(environ, problems))
    if not problems:
        problems.extend(_contradictions(values))
    if problems:
        raise ConfigurationError(problems)
    return Config(**{section: _section(section, values) for section in SECTIONS})


def _section(section: str, values: Mapping[tuple[str, str], Any]) -> Any:
    return SECTIONS[section](**{name: value for (where, name), value in values.items() if where == section})


def chosen_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The ini file that will be read; None when nobody named one and ``./config.ini`` does not exist."""
    if path is not None:
        return path
    if environ.get(FILE_VARIABLE):
        return Path(environ[FILE_VARIABLE])
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def _from_file(path: Path | None, environ: Mapping[str, str], problems: list[str]) -> dict[tuple[str, str], Any]:
    file = chosen_file(path, environ)
    if file is None:
        return {}
    ini = configparser.ConfigParser(interpolation=None, default_section="\0")
    try:
        ini.read_string(file.read_text("utf-8-sig"), str(file))
    except (OSError, UnicodeDecodeError, configparser.Error) as reason:
        problems.append(_unreadable(file, reason))
        return {}
    return dict(_settings(ini, file, problems))


def _unreadable(file: Path, reason: Exception) -> str:
    if isinstance(reason, OSError):
        return f"{file} cannot be read: {reason.strerror or reason}."
    if isinstance(reason, UnicodeDecodeError):
        return f"{file} cannot be read: it is not UTF-8 text (byte {reason.start + 1})."
    if isinstance(reason, configparser.DuplicateSectionError | configparser.DuplicateOptionError):
        what = f"[{reason.section}] {getattr(reason, 'option', '')}".rstrip()
        return f"{what} in {file}, line {reason.lineno}: it is there twice."
    line = getattr(reason, "lineno", None) or next((number for number, _ in getattr(reason, "errors", ())), "?")
    return f"{file}, line {line}: neither [section] nor option = value."


def _settings(ini: configparser.ConfigParser, file: Path, problems: list[str]) -> Iterator[tuple[tuple[str, str], Any]]:
    for section in ini.sections():
        if section not in SECTIONS:
            problems.append(
                f"[{section}] in {file}: there is no such section{_meant(section, SECTIONS)}. "
                f"The sections are {', '.join(SECTIONS)}."
            )
            continue
        for name, text in ini.items(section):
            option = _BY_KEY.get((section, name))
            if option is None:
                problems.append(_unknown_option(section, name, file))
            else:
                yield from _read(option, text, f"in {file}", problems)


def _unknown_option(section: str, name: str, file: Path) -> str:
    names = [option.name for option in OPTIONS if option.section == section]
    elsewhere = next((option.section for option in OPTIONS if option.name == name), "")
    meant = f" (it belongs in [{elsewhere}])" if elsewhere else _meant(name, names)
    return f"[{section}] {name} in {file}: there is no such option{meant}. [{section}] has {', '.join(names)}."


def _from_environment(environ: Mapping[str, str], problems: list[str]) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE:
            continue
        option = _BY_VARIABLE.get(variable)
        if option is None:
            problems.append(
                f"{variable} in the environment: there is no such option{_meant(variable, _BY_VARIABLE)}. "
                f"Legal is {PREFIX}<SECTION>_<OPTION>, as in config.example.ini."
            )
        else:
            found.update(_read(option, environ[variable], f"from {variable} in the environment", problems))
    return found


def _read(option: Option, text: str, where: str, problems: list[str]) -> Iterator[tuple[tuple[str, str], Any]]:
    try:
        yield (option.section, option.name), option.kind.read(text.strip())
    except ValueError:
        shown = "its value" if option.kind.secret else f'"{text}"'
        problems.append(
            f"[{option.section}] {option.name} {where}: {shown} is not legal; legal is {option.kind.words}."
        )


def _contradictions(values: Mapping[tuple[str, str], Any]) -> Iterator[str]:
    pair = ("server", "tls_certificate"), ("server", "tls_private_key")
    missing = [key for key in pair if values[key] is None]
    if len(missing) == 1:
        yield (
            f"[server] {missing[0][1]} is empty ({_BY_KEY[missing[0]].variable} too): "
            "tls_certificate and tls_private_key go together; legal is both, or neither."
        )
    if values["server", "redis_url"] and find_spec("redis") is None:
        yield "[server] redis_url needs the Python library redis: pip install qbwc-bridge[redis], or leave it empty."
    if values["mail", "host"] and not values["mail", "sender"]:
        yield "[mail] sender is empty: with a [mail] host every notice needs an address it comes from."
    if bool(values["mail", "user"]) != bool(values["mail", "password_file"]):
        yield "[mail] user and [mail] password_file go together; legal is both, or neither."
    if values["mail", "user"] and values["mail", "security"] == "none" and values["mail", "host"] not in HERE:
        yield "[mail] security = none would send the password for everybody to read; legal are starttls and tls."


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), 1)
    return f" (did you mean {close[0]}?)" if close else ""


# Documentation ----------------------------------------------------------------------------------------------------


def example_ini() -> str:
    """The text of ``config.example.ini``: every option with its meaning, what is legal, and its default."""
    lines = [
        "# qbwc-bridge: every option with its default. Copy this file to config.ini and keep only what you change.",
        f"# Each option can also come from the environment, as {PREFIX}<SECTION>_<OPTION>,",
        f"# for instance {OPTIONS[1].variable}. The environment wins. Relative paths start at the current directory.",
    ]
    for section in SECTIONS:
        lines += ["", f"[{section}]"]
        for option in (each for each in OPTIONS if each.section == section):
            lines += [f"# {option.meaning}", f"# Legal: {option.kind.words}."]
            lines += [f"{option.name} = {option.default}".rstrip(), ""]
        lines.pop()
    return "\n".join([*lines, ""])

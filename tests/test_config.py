"""The one table of options: file, environment, defaults, documentation, and all problems at once."""

import json
import logging
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from qbwc_bridge import config
from qbwc_bridge.config import OPTIONS, Config, Log, load
from qbwc_bridge.config.logs import begin_request, end_request, note, set_up_logging
from qbwc_bridge.errors import ConfigurationError

ROOT = Path(__file__).parents[1]


def ini(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "bridge.ini"
    file.write_text(text, "utf-8")
    return file


def problems(path: Path | None, environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, environ)
    return caught.value.problems


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_file_and_environment_everything_has_its_default() -> None:
    assert load(None, {}) == Config()


def test_the_table_and_the_typed_result_have_the_same_options() -> None:
    typed = {
        (section.name, option.name)
        for section in fields(Config)
        if is_dataclass(section.type)
        for option in fields(section.type)
    }
    assert typed == {(option.section, option.name) for option in OPTIONS}


def test_the_example_file_is_what_the_table_says_and_changes_nothing() -> None:
    example = ROOT / "config.example.ini"
    assert example.read_text("utf-8") == config.example_ini()
    assert load(example, {}) == Config()


VALUES = [
    ("mail", "security", "TLS", "tls"),
    ("mail", "port", "465", 465),
    ("notices", "allow_private", "Yes", True),
    ("notices", "allow_private", "no", False),
    ("server", "host", "0.0.0.0", "0.0.0.0"),
    ("server", "host", "::1", "::1"),
    ("server", "port", "65535", 65535),
    ("server", "public_url", "https://books.example.com/", "https://books.example.com"),
    ("server", "public_url", "https://books.example.com:8443", "https://books.example.com:8443"),
    ("server", "workers", "64", 64),
    ("server", "trusted_proxies", "0", 0),
    ("server", "redis_url", "", ""),
    ("server", "redis_url", "rediss://:p%25w@host:6380/1", "rediss://:p%25w@host:6380/1"),
    ("server", "redis_url", "unix:///run/redis.sock", "unix:///run/redis.sock"),
    ("database", "url", "sqlite:////var/lib/a%20b.db", "sqlite:////var/lib/a%20b.db"),
    ("database", "url", "postgresql+psycopg://u:p%25w@host/name", "postgresql+psycopg://u:p%25w@host/name"),
    ("sync", "poll_minutes", "1440", 1440),
    ("sync", "page_size", "10", 10),
    ("sync", "max_response_mb", "1024", 1024),
    ("sync", "keep_messages_days", "0", 0),
    ("sync", "keep_log_days", "0", 0),
    ("web", "keep_audit_days", "3650", 3650),
    ("notices", "keep_days", "1", 1),
    ("web", "secret_key_file", "a key %(here)s", Path("a key %(here)s")),
    ("web", "session_days", "365", 365),
    ("log", "level", "debug", "DEBUG"),
    ("log", "format", "JSON", "json"),
]


@pytest.mark.parametrize(("section", "name", "text", "value"), VALUES)
def test_a_legal_value_from_the_file_and_from_the_environment(
    tmp_path: Path, section: str, name: str, text: str, value: object
) -> None:
    from_file = load(ini(tmp_path, f"[{section}]\n{name} = {text}\n"), {})
    assert getattr(getattr(from_file, section), name) == value
    assert load(None, {f"QBWC_BRIDGE_{section}_{name}".upper(): text}) == from_file


BAD_VALUES = [
    *[("server", "port", text) for text in ("0", "65536", "abc", "-1", "8765 ; note", "", "８７６５")],
    *[("server", "host", text) for text in ("", "two words", "http://x")],
    *[
        ("server", "public_url", text)
        for text in ("example.com", "https://", "https://a/b", "https://a?x=1", "https://a:b", "ftp://a", "https://u@a")
    ],
    ("server", "workers", "0"),
    ("server", "trusted_proxies", "11"),
    *[("server", "redis_url", text) for text in ("host:6379", "redis://", "http://h", "redis://h:x", "unix://")],
    *[
        ("database", "url", text)
        for text in ("mysql://u:hushhush@h/d", "sqlite://", "sqlite:///:memory:", "x.db", "postgresql+psycopg://host")
    ],
    ("sync", "poll_minutes", "1441"),
    ("sync", "page_size", "9"),
    ("sync", "page_size", "5001"),
    ("sync", "max_response_mb", "1025"),
    ("sync", "keep_messages_days", "3651"),
    ("notices", "keep_days", "0"),
    ("web", "secret_key_file", ""),
    ("web", "session_days", "366"),
    ("log", "level", "LOUD"),
    ("log", "format", "xml"),
    ("mail", "security", "ssl"),
    ("mail", "host", "two words"),
    *[("mail", "sender", text) for text in ("nobody", "a@b, c@d", "Dana <dana@acme.example>")],
    ("notices", "allow_private", "perhaps"),
]


@pytest.mark.parametrize(("section", "name", "text"), BAD_VALUES)
def test_a_bad_value_names_section_option_place_and_what_is_legal(
    tmp_path: Path, section: str, name: str, text: str
) -> None:
    file = ini(tmp_path, f"[{section}]\n{name} = {text}\n")
    legal = next(option.kind.words for option in OPTIONS if (option.section, option.name) == (section, name))
    variable = f"QBWC_BRIDGE_{section}_{name}".upper()
    (in_file,) = problems(file, {})
    (in_environment,) = problems(None, {variable: text})
    assert f"[{section}] {name} in {file}" in in_file
    assert f"[{section}] {name} from {variable}" in in_environment
    assert legal in in_file
    assert legal in in_environment
    assert "hushhush" not in in_file + in_environment


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    file = ini(tmp_path, "[servr]\nport = 1\n[server]\nport = x\nhots = y\nurl = z\n[DEFAULT]\na = b\n")
    found = problems(file, {"QBWC_BRIDGE_LOG_LEVEL": "loud", "QBWC_BRIDGE_SERVER_PROT": "1"})
    expected = [
        "[servr] in",
        "did you mean server?",
        "[server] port in",
        "did you mean host?",
        "it belongs in [database]",
        "[DEFAULT] in",
        "[log] level from QBWC_BRIDGE_LOG_LEVEL",
        "did you mean QBWC_BRIDGE_SERVER_PORT?",
    ]
    text = "\n".join(found)
    assert [part for part in expected if part not in text] == []
    assert len(found) == 7


def test_the_environment_wins_and_other_programs_variables_are_ignored(tmp_path: Path) -> None:
    file = ini(tmp_path, "[server]\nport = 1\n")
    environ = {"QBWC_BRIDGE_SERVER_PORT": "2", "QBWC": "x", "PATH": "y", "QBWC_BRIDGE_CONFIG": "/nowhere"}
    assert load(file, environ).server.port == 2


def test_a_file_somebody_named_must_exist(tmp_path: Path) -> None:
    missing = tmp_path / "missing.ini"
    assert str(missing) in problems(missing, {})[0]
    assert str(missing) in problems(None, {"QBWC_BRIDGE_CONFIG": str(missing)})[0]


def test_config_ini_of_the_current_directory_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "config.ini").write_text("[server]\nport = 99\n", "utf-8")
    assert load(None, {}).server.port == 99
    assert load(ini(tmp_path, ""), {}).server.port == 8765


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"port = 1\n", "line 1: neither [section] nor option = value"),
        (b"[server]\nport\n", "line 2: neither [section] nor option = value"),
        (b"[server]\nport=1\nport=2\n", "[server] port in"),
        (b"[log]\n[server]\n[log]\n", "line 3: it is there twice"),
        (b"[server]\nhost=\xff\n", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_ini_file_says_where(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "bridge.ini"
    file.write_bytes(content)
    assert words in problems(file, {})[0]


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "bridge.ini"
    file.write_bytes(b"\xef\xbb\xbf[server]\r\nport = 7\r\n")
    assert load(file, {}).server.port == 7


@pytest.mark.parametrize("given", ["TLS_CERTIFICATE", "TLS_PRIVATE_KEY"])
def test_certificate_and_key_go_together(given: str) -> None:
    assert "go together" in problems(None, {f"QBWC_BRIDGE_SERVER_{given}": "a.pem"})[0]
    both = {"QBWC_BRIDGE_SERVER_TLS_CERTIFICATE": "a.pem", "QBWC_BRIDGE_SERVER_TLS_PRIVATE_KEY": "b.pem"}
    assert load(None, both).server.tls_private_key == Path("b.pem")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"HOST": "mail.example"}, "[mail] sender is empty"),
        ({"USER": "bridge"}, "[mail] user and [mail] password_file go together"),
        ({"PASSWORD_FILE": "word"}, "[mail] user and [mail] password_file go together"),
        (
            {"HOST": "mail.example", "SENDER": "a@b.example", "USER": "u", "PASSWORD_FILE": "f", "SECURITY": "none"},
            "would send the password for everybody to read",
        ),
    ],
)
def test_what_a_mail_server_needs(given: dict[str, str], words: str) -> None:
    (problem,) = problems(None, {f"QBWC_BRIDGE_MAIL_{name}": value for name, value in given.items()})
    assert words in problem


def test_a_mail_server_on_this_machine_may_do_without_tls() -> None:
    given = {"HOST": "localhost", "SENDER": "a@b.example", "USER": "u", "PASSWORD_FILE": "f", "SECURITY": "none"}
    mail = load(None, {f"QBWC_BRIDGE_MAIL_{name}": value for name, value in given.items()}).mail
    assert (mail.host, mail.user, mail.password_file) == ("localhost", "u", Path("f"))


@pytest.fixture
def _quiet_root() -> object:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before[0], before[1]


@pytest.mark.usefixtures("_quiet_root")
def test_json_log_lines_are_objects(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Log("INFO", "json"))
    logging.getLogger("x").info("a %s", "b", extra={"data": {"status": 200}})
    logging.getLogger("x").debug("not this one")
    line = json.loads(capsys.readouterr().err)
    assert {"level": "INFO", "logger": "x", "message": "a b", "status": 200}.items() <= line.items()


@pytest.mark.usefixtures("_quiet_root")
def test_text_log_lines_are_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Log())
    logging.getLogger("x").warning("hello")
    assert capsys.readouterr().err.endswith("Z WARNING x: hello\n")


@pytest.mark.usefixtures("_quiet_root")
def test_a_line_says_which_request_it_is_about_and_the_next_one_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Log())
    note(company=9)  # outside of a request nothing is kept
    begin_request("5e1f")
    note(company=1, conversation=17)
    logging.getLogger("x").warning("hello")
    end_request()
    logging.getLogger("x").warning("hello")
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("Z WARNING x [request=5e1f company=1 conversation=17]: hello")
    assert second.endswith("Z WARNING x: hello")


@pytest.mark.usefixtures("_quiet_root")
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_is_logged_without_its_text(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up_logging(Log("INFO", form))
    try:
        raise ValueError("s3" + "cret")
    except ValueError:
        logging.getLogger("x").exception("hello")
    written = capsys.readouterr().err
    assert "builtins.ValueError" in written
    assert "s3cret" not in written


@pytest.mark.usefixtures("_quiet_root")
def test_loggers_that_would_tell_passwords_are_off_at_any_level() -> None:
    set_up_logging(Log("DEBUG"))
    assert logging.getLogger("spyne.protocol.soap.soap11.invalid").disabled
    assert not logging.getLogger("spyne.protocol.xml").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("zeep.transports").isEnabledFor(logging.DEBUG)

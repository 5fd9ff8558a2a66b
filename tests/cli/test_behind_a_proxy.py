"""Behind a proxy: who calls is what our own proxies say, never what a caller claims; how people reach us is public_url."""

import http.client
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest
from listeners import free_port
from office import PASSWORD, Office
from processes import wait_until

from qbwc_bridge import server
from qbwc_bridge.config import Config, Database, Server, Web
from qbwc_bridge.connector.throttle import FREE
from qbwc_bridge.simulator import RequestProcessor, WebConnector

CLAIMED, SEEN, OTHER = "203.0.113.66", "192.0.2.7", "192.0.2.8"
Serve = Callable[[int], int]


@pytest.fixture
def serve(office: Office, tmp_path: Path) -> Iterator[Serve]:
    """The whole service, for so many proxies; returns its port."""
    (tmp_path / "key").write_text("k" * 64)
    services = []

    def start(proxies: int) -> int:
        config = Config(
            server=Server(port=free_port(), public_url="https://pay.example", trusted_proxies=proxies),
            database=Database(str(office.database.url)),
            web=Web(secret_key_file=tmp_path / "key"),
        )
        service = server.build(config, lambda: datetime.now(UTC))
        service.start()
        services.append(service)
        return config.server.port

    yield start
    for service in services:
        service.stop()


def get(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        answer.read()
        return answer


def updated(office: Office, port: int, forwarded_for: str) -> str:
    """One update; returns the address it came from, as the service knows it."""
    quickbooks = RequestProcessor(office.books)
    connector = WebConnector(
        f"http://127.0.0.1:{port}/qbwc", office.company.connector_user, PASSWORD, quickbooks, office.company.owner_id
    )
    connector._http.headers["X-Forwarded-For"] = forwarded_for
    assert connector.update().outcome == "done"
    return office.log()[0].address


@pytest.mark.parametrize(("proxies", "known_as"), [(0, "127.0.0.1"), (1, SEEN), (2, CLAIMED), (3, "127.0.0.1")])
def test_the_address_of_a_web_connector(office: Office, serve: Serve, proxies: int, known_as: str) -> None:
    assert updated(office, serve(proxies), f"{CLAIMED}, {SEEN}") == known_as


def guess(port: int, forwarded_for: str) -> int:
    return get(port, "/api/v1/projects", Authorization="Bearer wrong", X_Forwarded_For=forwarded_for).status


@pytest.mark.parametrize("proxies", [0, 1])
def test_who_guesses_is_not_somebody_else_each_time(serve: Serve, proxies: int) -> None:
    port = serve(proxies)
    for number in range(FREE):
        assert guess(port, f"203.0.113.{number}, {SEEN}") == 401
    assert guess(port, f"{CLAIMED}, {SEEN}") == 429
    assert guess(port, f"{CLAIMED}, {OTHER}") == (401 if proxies else 429)


@pytest.mark.parametrize("proxies", [0, 1])
def test_no_host_or_scheme_of_a_request_is_believed(serve: Serve, proxies: int) -> None:
    port = serve(proxies)
    claims = {"Host": "evil.example", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}
    away = get(port, "/", **claims)
    assert (away.status, away.headers["Location"]) == (303, "/login")
    cookie = get(port, "/login", **claims).headers["Set-Cookie"]
    assert cookie.startswith("__Host-qbwc=")
    assert "Secure;" in cookie
    assert "Domain" not in cookie


@pytest.fixture
def nginx(serve: Serve, tmp_path: Path) -> Iterator[int]:
    """The port of a real nginx before the service."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("there is no nginx (Debian's nginx-light)")
    behind, port = serve(1), free_port()
    configuration = f"""
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off; worker_processes 1; pid {tmp_path}/pid; error_log {tmp_path}/errors;
        events {{}}
        http {{
            access_log off; keepalive_disable none; client_max_body_size 128m;
            client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy; fastcgi_temp_path {tmp_path}/f;
            uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://127.0.0.1:{behind};
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                }}
            }}
        }}
    """
    file = tmp_path / "nginx.conf"
    file.write_text(dedent(configuration))
    process = subprocess.Popen([program, "-p", str(tmp_path), "-e", f"{tmp_path}/errors", "-c", str(file)])
    try:
        assert wait_until((tmp_path / "pid").exists)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def test_an_update_through_nginx(office: Office, nginx: int) -> None:
    assert updated(office, nginx, CLAIMED) == "127.0.0.1", "that is whom nginx sees"
    assert get(nginx, "/readyz").status == 200

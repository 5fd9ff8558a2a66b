"""nginx and Caddy as docs/linux.md configures them, in front of a real service: a sync, a big body, and who is asking."""

import http.client
import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from listeners import free_port

from docs import file_in
from qbwc_bridge import server
from qbwc_bridge.certificates import self_signed
from qbwc_bridge.config import Config, Server, Web
from qbwc_bridge.config import Database as Place
from qbwc_bridge.connector.credentials import new_guid, password_hash
from qbwc_bridge.records import Company
from qbwc_bridge.simulator.scenarios import play
from qbwc_bridge.store import companies, conversations
from qbwc_bridge.store.database import Database

NOW = datetime.now(UTC)
PASSWORD, HOST = "open-sesame", "bridge.example.com"
DOT_NET = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
CALL = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    '<{0} xmlns="http://developer.intuit.com/">{1}</{0}></soap:Body></soap:Envelope>'
)


@dataclass(frozen=True)
class Front:
    """A proxy that listens on ``port``, the certificate it shows, and the office behind it."""

    port: int
    certificate: Path
    database: Database
    company: Company
    direct: int

    def connection(self, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> http.client.HTTPSConnection:
        """From another address of this machine than the proxy's own."""
        trusting = ssl.create_default_context(cafile=self.certificate)
        trusting.maximum_version = version
        here = ("127.0.0.2", 0)
        return http.client.HTTPSConnection("localhost", self.port, context=trusting, timeout=60, source_address=here)


@pytest.fixture(params=["nginx", "caddy"])
def front(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Front]:
    """The service with one trusted proxy, and that proxy."""
    if not shutil.which(request.param):
        pytest.skip(f"there is no {request.param} here")
    behind, port = free_port(), free_port()
    (tmp_path / "key").write_text("k" * 64, "ascii")
    files = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    for file, content in zip(files, self_signed("localhost", 2, NOW), strict=True):
        file.write_bytes(content)
    own = Server(port=behind, public_url=f"https://localhost:{port}", trusted_proxies=1)
    config = Config(own, Place(str(database.url)), web=Web(secret_key_file=tmp_path / "key"))
    with database.begin() as c:
        company = companies.add(c, "Acme", "acme", password_hash(PASSWORD), new_guid(), NOW)
    service = server.build(config, lambda: datetime.now(UTC))
    service.start()
    with {"nginx": nginx, "caddy": caddy}[request.param](tmp_path, port, behind):
        yield Front(port, files[0], database, company, behind)
    service.stop()


@contextmanager
def nginx(folder: Path, port: int, behind: int) -> Iterator[None]:
    site = file_in("linux.md", "/etc/nginx/sites-available/qbwc-bridge")
    site = re.sub(r"/etc/letsencrypt/live/[^/]+", str(folder), site).replace("127.0.0.1:8765", f"127.0.0.1:{behind}")
    site = site.replace("listen 443", f"listen 127.0.0.1:{port}").replace(HOST, "localhost")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # who runs the tests owns the folder
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log stderr; worker_processes 1;\nevents {{}}\n"
        f"http {{ access_log off;\n{temporary}{site}}}\n",
        "utf-8",
    )
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with running(command, folder, port):
        yield


@contextmanager
def caddy(folder: Path, port: int, behind: int) -> Iterator[None]:
    site = file_in("linux.md", "/etc/caddy/Caddyfile").replace("127.0.0.1:8765", f"127.0.0.1:{behind}")
    own = f"localhost:{port} {{\n\ttls {folder}/fullchain.pem {folder}/privkey.pem\n"
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site.replace(f"{HOST} {{\n", own), "utf-8")
    with running(["caddy", "run", "--adapter", "caddyfile", "--config", str(file)], folder, port):
        yield


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    surroundings = {"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=surroundings)
        try:
            _until_listening(port, process, folder / "said")
            yield
        finally:
            process.terminate()
            process.wait(20)


def _until_listening(port: int, process: "subprocess.Popen[bytes]", said: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, said.read_text("utf-8")
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=1)) as knocking:
            try:
                knocking.connect()
            except OSError:
                time.sleep(0.05)
            else:
                return
    raise AssertionError(said.read_text("utf-8"))


def said(connection: http.client.HTTPSConnection, name: str, inside: str, **headers: str) -> tuple[int, str]:
    sent = {"Content-Type": "text/xml; charset=utf-8", "User-Agent": DOT_NET, **headers}
    connection.request("POST", "/qbwc", CALL.format(name, inside).encode(), sent)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_a_simulated_web_connector_syncs_through_it(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(front.certificate))
    url, company = f"https://localhost:{front.port}/qbwc", front.company
    done = play("normal", url, company.connector_user, PASSWORD, company.owner_id, company.file_id, NOW.date())
    assert (done.outcome, done.last_error) == ("done", "")
    with front.database.read() as c:
        assert companies.by_id(c, company.id).customers_received_at


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X_Forwarded_For"])
def test_who_asks_is_told_and_cannot_be_made_up(front: Front, header: str) -> None:
    credentials = f"<strUserName>acme</strUserName><strPassword>{PASSWORD}</strPassword>"
    with closing(front.connection()) as connection:
        status, _ = said(connection, "authenticate", credentials, **{header: "8.8.8.8"})
        connection.request("GET", "/metrics")  # for this machine alone, which a proxy does not speak for
        assert connection.getresponse().status == 404
    assert status == 200
    with front.database.read() as c:
        conversation = conversations.open_of(c, front.company.id)
        assert conversation
        assert conversation.address == "127.0.0.2"


def test_a_big_answer_of_quickbooks_comes_through(front: Front) -> None:
    big = "<ticket>none</ticket><response>" + "x" * 40_000_000 + "</response><hresult/><message/>"
    with closing(front.connection()) as connection:
        status, answer = said(connection, "receiveResponseXML", big)
    assert (status, ">-1<" in answer) == (200, True)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_connection_of_a_dot_net_client_stays_open(front: Front, version: ssl.TLSVersion) -> None:
    with closing(front.connection(version)) as connection:
        connection.connect()
        first = connection.sock
        for _ in range(3):
            assert said(connection, "serverVersion", "")[0] == 200
            assert connection.sock is first

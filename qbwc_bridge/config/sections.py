"""The typed result: one frozen record for each section, and :class:`Config` with all of them."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Server:
    """Where the service listens and how the world reaches it. ``public_url`` has no slash at its end; ``redis_url`` may hold a
    password: never show it."""

    host: str = "127.0.0.1"
    port: int = 8765
    public_url: str = "http://localhost:8765"
    tls_certificate: Path | None = None
    tls_private_key: Path | None = None
    workers: int = 1
    trusted_proxies: int = 0
    redis_url: str = ""


@dataclass(frozen=True, slots=True)
class Database:
    """Where everything is kept. ``url`` may hold a password: never show it."""

    url: str = "sqlite:///qbwc-bridge.db"


@dataclass(frozen=True, slots=True)
class Sync:
    """How often the Web Connector asks, and how much comes at a time."""

    poll_minutes: int = 15
    page_size: int = 500
    max_response_mb: int = 128
    keep_messages_days: int = 30
    keep_log_days: int = 400


@dataclass(frozen=True, slots=True)
class Web:
    """The site."""

    secret_key_file: Path = Path("qbwc-bridge.secret")
    session_days: int = 14
    keep_audit_days: int = 0


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to stderr, and how."""

    level: str = "INFO"
    format: str = "text"


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server notices go through. Without ``host`` none is sent by email."""

    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password_file: Path | None = None
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Notices:
    """Where notices may go, and how long they are listed."""

    allow_private: bool = False
    keep_days: int = 90


@dataclass(frozen=True, slots=True)
class Config:
    """All options, each with its default unless the file or the environment says otherwise."""

    server: Server = field(default_factory=Server)
    database: Database = field(default_factory=Database)
    sync: Sync = field(default_factory=Sync)
    web: Web = field(default_factory=Web)
    log: Log = field(default_factory=Log)
    mail: Mail = field(default_factory=Mail)
    notices: Notices = field(default_factory=Notices)

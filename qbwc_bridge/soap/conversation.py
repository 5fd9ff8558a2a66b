"""What this room asks of whoever holds the conversation with the Web Connector.

In: nothing. Out: one protocol class. Every text is a ``str``, "" where the Web Connector sent an empty, nil or no
element; a number it left out is 0. What each answer makes the Web Connector do: the Programmer's Guide, chapter 10.
"""

from typing import Protocol


class Conversation(Protocol):
    """The eight operations. They are called from several threads at once. An exception becomes a fault without its text."""

    def server_version(self) -> str:
        """Any text; the Web Connector shows it."""

    def client_version(self, version: str, address: str) -> str:
        """Nothing ("") to go on, ``W:…`` to warn, ``E:…`` or ``O:…`` to stop."""

    def authenticate(self, user: str, password: str, address: str) -> list[str]:
        """Ticket, and "" | a company file | ``none`` | ``nvu`` | ``busy``: two items at least. ``address`` is the caller's."""

    def send_request_xml(
        self, ticket: str, hcp_response: str, company_file_name: str, country: str, major: int, minor: int
    ) -> str:
        """A qbXML document, or "" when ``get_last_error`` has something to say."""

    def receive_response_xml(self, ticket: str, response: str, hresult: str, message: str) -> int:
        """Per cent done, 100 at the end; negative when ``get_last_error`` has something to say."""

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        """``done``, or the company file to try next."""

    def get_last_error(self, ticket: str) -> str:
        """The sentence the Web Connector shows."""

    def close_connection(self, ticket: str) -> str:
        """The sentence the Web Connector shows."""

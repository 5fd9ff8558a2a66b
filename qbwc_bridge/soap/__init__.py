"""The Web Connector's door: SOAP in, plain calls out. The only room that knows Spyne.

In: an HTTP request to ``/qbwc``. Out: one call of a :class:`Conversation` with plain text and numbers, and its answer as
SOAP; or a fault whose sentence a person can act on. It will never know what a ticket means, or what qbXML says.

The way of a call: :mod:`wsgi` (HTTP) → :mod:`envelope` (is this a call at all?) → :mod:`service` (Spyne) → the conversation.
"""

from qbwc_bridge.soap.conversation import Conversation
from qbwc_bridge.soap.wsgi import soap_application

__all__ = ["Conversation", "soap_application"]

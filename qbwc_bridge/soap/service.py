# ruff: noqa: N805  (Spyne's operations are written inside a class and get a context, not an instance)
"""The operations as a Spyne service, one line each, and what carries an envelope through Spyne.

In: an envelope that :mod:`envelope` has read, and the caller's address. Out: the answer as SOAP. In between the
:class:`Conversation` gets plain text and numbers. What an operation means, this module will never know.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from qbwc_bridge.soap.compat import (
    Application,
    Array,
    EventManager,
    Integer32,
    MethodContext,
    ServerBase,
    ServiceBase,
    Soap11,
    Unicode,
    rpc,
)
from qbwc_bridge.soap.conversation import Conversation
from qbwc_bridge.soap.operations import BY_NAME, INT, NAMESPACE, STRING, STRINGS

_RESULTS = {
    STRING: Unicode,
    INT: Integer32(min_occurs=1),
    STRINGS: Array(Unicode, member_name="string", type_name=STRINGS),
}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"\s*[0-9]{1,9}\s*")


def spyne_service(conversation: Conversation) -> Callable[[etree._Element, str], bytes]:
    """A function that answers an envelope from an address. It raises what the conversation raised."""
    application = Application(
        [_QBWebConnectorSvc],
        NAMESPACE,
        name="QBWebConnectorSvc",
        in_protocol=_ReadAlready(huge_tree=True, parse_xsi_type=False),  # rpc-style callers' xsi:type adds nothing
        out_protocol=_WrittenPlainly(),
        config=conversation,
    )
    calls = _Calls(application)
    for owner in (application, application.in_protocol, application.out_protocol, calls):
        owner.event_manager = _Events(owner)
    for operation in _QBWebConnectorSvc.public_methods.values():  # nobody listens to a single one
        operation.event_managers = []
    application.event_manager.add_listener("method_call", _let_go_of_the_document)
    return calls.answer


@dataclass(slots=True)
class _Call:
    """What travels with a call through Spyne: the caller's address in, the conversation's exception out."""

    address: str
    failure: Exception | None = None


class _Calls(ServerBase):  # type: ignore[misc]  # Spyne has no types
    """Spyne's way of a call without its transport: an envelope in, an envelope out. Spyne's own WSGI server would read
    headers that were read already, and run the garbage collector over the whole process every second."""

    transport = "http://schemas.xmlsoap.org/soap/http"

    def answer(self, envelope: etree._Element, address: str) -> bytes:
        """What the operation answers, as SOAP."""
        call = _Call(address)
        first = MethodContext(self, MethodContext.SERVER)
        first.udc, first.in_document = call, (envelope, {})
        del envelope  # the last reference but two; see _let_go_of_the_document
        (context,) = self.generate_contexts(first)
        if context is not first:  # a copy
            vars(first).clear()
        try:
            return self._answered(context, call)
        finally:
            _take_apart(context)

    def _answered(self, context: MethodContext, call: _Call) -> bytes:
        if not context.in_error:
            self.get_in_object(context)
        if not context.in_error:
            self.get_out_object(context)
        if call.failure:
            try:
                raise call.failure
            finally:
                call.failure = None  # an error knows this frame, and so itself
        if context.in_error or context.out_error:
            raise RuntimeError("Spyne has a fault of its own")
        self.get_out_string(context)
        return b"".join(context.out_string)


def _operation(name: str) -> Callable[[Callable[..., Any]], Any]:
    """Publish a method as the operation of that name. Its arguments after ``ctx`` are the parameters, in wire order."""
    contract = BY_NAME[name]

    def publish(method: Callable[..., Any]) -> Any:
        arguments = list(signature(method).parameters)[1:]
        wire = [parameter for parameter, _ in contract.parameters]
        return rpc(
            *[Unicode] * len(wire),  # numbers too: Spyne would answer an empty or odd one with a fault that quotes it
            _returns=_RESULTS[contract.result],
            _operation_name=name,
            _in_arg_names=dict(zip(arguments, wire, strict=True)),
            _out_message_name=f"{name}Response",
            _out_variable_name=f"{name}Result",
        )(method)

    return publish


class _QBWebConnectorSvc(ServiceBase):  # type: ignore[misc]  # Spyne has no types
    @_operation("serverVersion")
    def server_version(ctx: Any) -> str:
        return _conversation(ctx).server_version()

    @_operation("clientVersion")
    def client_version(ctx: Any, version: str) -> str:
        return _conversation(ctx).client_version(version, ctx.udc.address)

    @_operation("authenticate")
    def authenticate(ctx: Any, user: str, password: str) -> list[str]:
        return _conversation(ctx).authenticate(user, password, ctx.udc.address)

    @_operation("sendRequestXML")
    def send_request_xml(
        ctx: Any, ticket: str, hcp: str, company_file: str, country: str, major: int, minor: int
    ) -> str:
        return _conversation(ctx).send_request_xml(ticket, hcp, company_file, country, major, minor)

    @_operation("receiveResponseXML")
    def receive_response_xml(ctx: Any, ticket: str, response: str, hresult: str, message: str) -> int:
        return _conversation(ctx).receive_response_xml(ticket, response, hresult, message)

    @_operation("connectionError")
    def connection_error(ctx: Any, ticket: str, hresult: str, message: str) -> str:
        return _conversation(ctx).connection_error(ticket, hresult, message)

    @_operation("getLastError")
    def get_last_error(ctx: Any, ticket: str) -> str:
        return _conversation(ctx).get_last_error(ticket)

    @_operation("closeConnection")
    def close_connection(ctx: Any, ticket: str) -> str:
        return _conversation(ctx).close_connection(ticket)

    # Interactive mode is never started; these answer a Web Connector that believes it was.

    @_operation("getInteractiveURL")
    def get_interactive_url(ctx: Any, ticket: str, session: str) -> str:
        return ""

    @_operation("interactiveDone")
    def interactive_done(ctx: Any, ticket: str) -> str:
        return "Done"

    @_operation("interactiveRejected")
    def interactive_rejected(ctx: Any, ticket: str, reason: str) -> str:
        return ""

    @classmethod
    def call_wrapper(cls, ctx: Any, args: Any = None) -> Any:
        """What Spyne calls around every operation."""
        contract = BY_NAME[ctx.descriptor.operation_name]
        kinds = [kind for _, kind in contract.parameters]
        values = [
            _number(value) if kind == INT else value or "" for kind, value in zip(kinds, ctx.in_object, strict=True)
        ]
        ctx.in_object = None  # the operation holds them now
        try:
            return _AS_XML[contract.result](ctx.function(ctx, *values))
        except Exception as error:  # kept from Spyne, whose log would have its text
            ctx.udc.failure = error
            return None


class _Events(EventManager):  # type: ignore[misc]  # Spyne has no types
    """Spyne's own makes a set, which is a circle too, for each event of a call that nobody listens to."""

    def fire_event(self, event_name: str, ctx: Any, *args: Any, **kwargs: Any) -> None:
        for handler in self.handlers.get(event_name, ()):
            handler(ctx, *args, **kwargs)


class _ReadAlready(Soap11):  # type: ignore[misc]  # Spyne has no types
    """SOAP 1.1 whose request was parsed before: once, without Spyne's second and third copy of a large text."""

    def create_in_document(self, ctx: Any, charset: str | None = None) -> None:
        """It is there already."""


class _WrittenPlainly(Soap11):  # type: ignore[misc]  # Spyne has no types
    """SOAP 1.1 whose answers are written in one go: each is a text, a number or a few texts, and the Web Connector asks so
    often that building and walking a tree for it is what a poll would mostly cost."""

    def serialize(self, ctx: Any, message: str) -> None:
        (result,) = ctx.out_object
        if isinstance(result, list):
            ctx.out_document = "".join(f"<string>{_escaped(text)}</string>" for text in result)
        else:
            ctx.out_document = _escaped(str(result))

    def create_out_string(self, ctx: Any, charset: str | None = None) -> None:
        ctx.out_string = [_ENVELOPE.format(name=ctx.descriptor.name, result=ctx.out_document).encode()]


_ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    f'<{{name}}Response xmlns="{NAMESPACE}"><{{name}}Result>{{result}}</{{name}}Result></{{name}}Response>'
    "</soap:Body></soap:Envelope>"
)


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})  # a bare one would arrive as a new line


def _let_go_of_the_document(ctx: Any) -> None:
    """The parameters are out; while the conversation works, a large response is needed once, not twice."""
    ctx.in_document = ctx.in_body_doc = ctx.in_header_doc = None


def _take_apart(ctx: Any) -> None:
    """A context and its parts know each other in a circle. Left alone, those of thousands of calls would wait in memory for the
    garbage collector, and make it slow."""
    for part in (ctx.inprot_ctx, ctx.outprot_ctx, ctx):
        vars(part).clear()


def _conversation(ctx: Any) -> Conversation:
    return ctx.app.config  # type: ignore[no-any-return]


def _number(text: str | None) -> int:
    return int(text) if text and _NUMBER.fullmatch(text) else 0


def _text(value: str) -> str:
    """With what XML cannot carry replaced: otherwise Spyne sends 200 and an envelope without a body."""
    return _NOT_XML.sub("\ufffd", value)


def _texts(values: Iterable[str]) -> Sequence[str]:
    return [_text(value) for value in values]


def _percent(value: int) -> int:
    return max(-100, min(100, int(value)))


_AS_XML: dict[str, Callable[[Any], Any]] = {STRING: _text, INT: _percent, STRINGS: _texts}

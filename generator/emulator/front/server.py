"""The emulator: our CloudFormation and moto's services on the loopback interface, with a record of every call."""

from __future__ import annotations

import functools
import io
import os
import re
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import ThreadedWSGIServer

from generator.emulator.front import calls
from generator.emulator.front.answers import Answer, denial, refusal
from generator.emulator.front.calls import Call, Environ
from generator.emulator.front.clients import INSIDE, Clients, account_of_key
from generator.emulator.front.cloud import Emulator
from generator.emulator.front.denials import DeniedCall, DeniedCalls
from generator.emulator.front.operation import Operation, OperationContext, answer
from generator.emulator.programs import children

Guard = Callable[[Call], str]
Interception = Callable[[Call], Answer | None]
StartResponse = Callable[..., Any]

# moto's state belongs to the process: two emulators in one would share and empty it.
_ALONE = threading.Lock()
_MOTO = DomainDispatcherApplication(create_backend_app)
# It looks through the folder of all its services twice for each request: most of the time that an answer takes.
_MOTO.get_backend_for_host = functools.cache(_MOTO.get_backend_for_host)  # type: ignore[method-assign]


def allow_everything(_call: Call) -> str:
    """The guard that allows every call."""
    return ""


def ask_the_service(_call: Call) -> Answer | None:
    """The interception that answers no call."""
    return None


@contextmanager
def serve(
    operations: Mapping[str, Operation],
    *,
    guard: Guard = allow_everything,
    intercept: Interception = ask_the_service,
    region: str = "eu-central-1",
    account: str = "111122223333",
) -> Iterator[Emulator]:
    """An empty emulated AWS, on a free port of the loopback interface. It always stops at the end.

    `operations` answer calls before moto does, by "prefix:Operation". The guard says why a call is denied, or "". The
    interception may answer a call instead of its service: faults. A process runs one at a time.
    """
    if not _ALONE.acquire(blocking=False):
        raise RuntimeError("an emulator is running in this process already: moto's state is one for all of it")
    profiles = {name: os.environ.pop(name) for name in ("AWS_DEFAULT_PROFILE", "AWS_PROFILE") if name in os.environ}
    try:
        written: list[Call] = []
        front = _Front(operations, guard=guard, intercept=intercept, account=account)
        server = _Server(front)
        # The interval in which it checks whether it must stop.
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="emulator", daemon=True)
        url = f"http://127.0.0.1:{server.server_port}"
        clients = Clients(url)
        front.cloud = Emulator(url, account, region, written, clients)
        thread.start()
        try:
            _empty(url)
            yield front.cloud
        finally:
            front.stopping.set()
            server.shutdown()
            thread.join()
            server.server_close()
            clients.close()
    finally:
        os.environ.update(
            profiles
        )  # moto asks boto3 for regions, which fails if a profile is named that does not exist
        _ALONE.release()


def _empty(url: str) -> None:
    request = urllib.request.Request(f"{url}/moto-api/reset", method="POST")  # noqa: S310  our own address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(request).close()


class _Server(ThreadedWSGIServer):
    """Logs nothing about requests that the end of the command cuts off: they call servers that are gone."""

    def __init__(self, front: _Front) -> None:
        self._stopping = front.stopping
        super().__init__("127.0.0.1", 0, front, handler=_Handler)

    def log(self, type: str, message: str, *arguments: Any) -> None:
        """Log an error in a request, with its traceback."""
        if not self._ends():
            super().log(type, message, *arguments)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print the traceback of an error outside a request's application."""
        if not self._ends():
            super().handle_error(request, client_address)

    def _ends(self) -> bool:
        return self._stopping.is_set() or children.ending()


class _Handler(MotoRequestHandler):
    """Does not log successful requests."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Do nothing, because the emulator records calls itself."""


class _Front:
    """The WSGI application in front of all services."""

    cloud: Emulator

    def __init__(
        self, operations: Mapping[str, Operation], *, guard: Guard, intercept: Interception, account: str
    ) -> None:
        self.stopping = threading.Event()
        self._operations = operations
        self._guard = guard
        self._intercept = intercept
        self._account = account
        self._roles: dict[str, str] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = _buffered(environ)
        if environ["PATH_INFO"] == "/moto-api/reset":
            return _MOTO(environ, start_response)  # type: ignore[no-any-return]  # WSGI
        call = self._read(environ, body)
        if isinstance(call, Answer):
            return self._send(call, environ, start_response)
        if not call.access_key.startswith(INSIDE):
            self.cloud.calls.append(call)
            if reason := self._guard(call):
                self._note(call, reason)
                return self._send(denial(call, reason), environ, start_response)
            if intercepted := self._intercept(call):
                return self._send(intercepted, environ, start_response)
        if operation := self._operations.get(f"{call.service}:{call.operation}"):
            context = OperationContext(call=call, cloud=self.cloud.elsewhere(account=call.account, region=call.region))
            return self._send(answer(context, operation), environ, start_response)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        try:
            response = _ask_moto(call, environ, start_response)
        except (NotImplementedError, ModuleNotFoundError):  # a part of moto may need a package that is not installed
            message = f"{call.service}:{call.operation} is not emulated"
            return self._send(refusal(call, "NotImplemented", message, status=501), environ, start_response)
        return self._remember(call, b"".join(response)) if call.operation == "AssumeRole" else response

    def _note(self, call: Call, reason: str) -> None:
        """Record the denied call of a role for CloudTrail."""
        if call.role:
            there = self.cloud.elsewhere(account=call.account, region=call.region)
            denied = DeniedCall(datetime.now(timezone.utc), call.role, call.service, call.operation, reason)
            there.memory(DeniedCalls).calls.append(denied)

    def _read(self, environ: Environ, body: bytes) -> Call | Answer:
        signed = calls.signature(environ)
        if signed is None:
            return Answer(403, b"The request is not signed.", content_type="text/plain")
        role = self._roles.get(signed.access_key, "")
        account = role.split(":")[4] if role else account_of_key(signed.access_key) or self._account
        call = calls.read(environ, body, signed, role=role, account=account)
        if call is None:
            message = f"The emulator knows no operation of {signed.service} for this request."
            return Answer(501, message.encode(), content_type="text/plain")
        return call

    def _remember(self, call: Call, body: bytes) -> list[bytes]:
        """Remember the role of the credentials in the response of AssumeRole."""
        if found := re.search(rb"<AccessKeyId>([^<]+)</AccessKeyId>", body):
            self._roles[found[1].decode()] = call.parameters["RoleArn"]
        return [body]

    def _send(self, answer: Answer, environ: Environ, start_response: StartResponse) -> list[bytes]:
        self.stopping.wait(answer.seconds)
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(body))), *answer.headers]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [body]


def _ask_moto(call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    if call.service == "cloudformation":
        raise NotImplementedError  # moto's own does not have the stacks of the emulator
    return _MOTO(environ, start_response)  # type: ignore[no-any-return]  # WSGI


def _buffered(environ: Environ) -> bytes:
    """The body of a request, which can be read again afterwards."""
    stream = environ["wsgi.input"]
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = stream.read() if environ.pop("wsgi.input_terminated", False) else stream.read(length)
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return bytes(body)

"""boto3 as a Lambda function sees it: real clients, whose requests are answered by the test instead of AWS."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

Answer = Callable[[dict[str, Any]], dict[str, Any]]
_SESSION = botocore.session.Session()
_ONE_ATTEMPT = Config(retries={"total_max_attempts": 1})


class RefusedError(Exception):
    """The service answers with the error of this name."""


class _Body(io.BytesIO):
    """The body of a response, as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        """All of it."""
        yield self.read()


class Services:
    """The services of an account: `answers` has a function for each operation, such as "ssm.get_parameter".

    An answer is JSON as the service sends it: the client parses it like a real one.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.credentials: dict[str, dict[str, str]] = {}
        self._clients: dict[str, Any] = {}

    def client(self, service: str, **credentials: str) -> Any:
        """A client whose calls are kept in `calls`; with credentials of its own, these are kept as well."""
        self.credentials[service] = credentials
        if service not in self._clients or credentials:
            self._clients[service] = self._new_client(service, credentials)
        return self._clients[service]

    def _new_client(self, service: str, credentials: dict[str, str]) -> Any:
        given = {"aws_access_key_id": "none", "aws_secret_access_key": "none", **credentials}
        client = _SESSION.create_client(service, "eu-west-1", config=_ONE_ATTEMPT, **given)
        errors = {shape.name for shape in client.meta.service_model.error_shapes}

        def keep(params: dict[str, Any], event_name: str, **_: Any) -> None:
            self.calls.append((f"{service}.{_snake(event_name.rpartition('.')[2])}", dict(params)))

        def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
            name, parameters = self.calls[-1]
            try:
                content, headers, status = self.answers[name](parameters), {}, 200
            except RefusedError as error:
                if str(error) not in errors:
                    raise
                content, status = {"__type": str(error), "message": "so it is"}, 400
                headers = {"x-amzn-ErrorType": str(error)}  # here it is in the protocol of Lambda
            text = json.dumps(content, default=lambda moment: moment.timestamp()) if content else ""
            if client.meta.service_model.metadata["protocol"] == "query" and not content:
                # SNS answers in XML, with an element for the result.
                text = f"<Response><{client.meta.method_to_api_mapping[name.partition('.')[2]]}Result/></Response>"
            return AWSResponse(request.url, status, headers, _Body(text.encode()))

        client.meta.events.register(f"provide-client-params.{service}", keep)
        client.meta.events.register("before-send", answer)
        return client

    @contextmanager
    def as_boto3(self) -> Iterator[None]:
        """While this lasts, `import boto3` gives these services."""
        module = ModuleType("boto3")
        module.client = self.client  # type: ignore[attr-defined]
        before = sys.modules.get("boto3")
        sys.modules["boto3"] = module
        try:
            yield
        finally:
            if before is None:
                del sys.modules["boto3"]
            else:
                sys.modules["boto3"] = before

    def run(self, code: str, event: dict[str, Any], environment: Mapping[str, str]) -> Any:
        """The result of a function, run as Lambda runs it: its code is loaded again, its `handler` called once."""
        with self.as_boto3():
            module: dict[str, Any] = {"__name__": "index"}
            exec(code, module)  # noqa: S102  the code is in a template of ours
            if "os" not in module:  # it reads no variable
                return module["handler"](event, None)
            module["os"].environ, before = dict(environment), module["os"].environ
            try:
                return module["handler"](event, None)
            finally:
                module["os"].environ = before


def refuse(error: str) -> Answer:
    """An answer that is an error of the service."""

    def answer(_parameters: dict[str, Any]) -> dict[str, Any]:
        raise RefusedError(error)

    return answer


def _snake(operation: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower()

"""boto3 as a Lambda function sees it: calls are checked against AWS's own models, answers are given by the test."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Services:
    """The services of an account: `answers` has a function for each operation, such as "ssm.get_parameter"."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.credentials: dict[str, dict[str, str]] = {}
        self._session = botocore.session.get_session()

    def client(self, service: str, **credentials: str) -> Any:
        """A client whose calls are kept in `calls`; with credentials of its own, these are kept as well."""
        self.credentials[service] = credentials
        model = self._session.get_service_model(service)
        operations = {_snake(name): model.operation_model(name) for name in model.operation_names}
        errors = {shape.name: type(shape.name, (ClientError,), {}) for shape in model.error_shapes}

        def call(name: str) -> Callable[..., dict[str, Any]]:
            def operation(**parameters: Any) -> dict[str, Any]:
                report = ParamValidator().validate(parameters, operations[name].input_shape)
                assert not report.has_errors(), report.generate_report()
                self.calls.append((f"{service}.{name}", parameters))
                try:
                    answer = self.answers[f"{service}.{name}"](parameters)
                except KeyError as error:
                    if str(error.args[0]) in errors:
                        said = {"Error": {"Code": error.args[0], "Message": "so it is"}}
                        raise errors[error.args[0]](said, name) from error
                    raise
                allowed = operations[name].output_shape.members if operations[name].output_shape else {}
                assert answer.keys() <= allowed.keys(), f"{name} never answers {answer.keys() - allowed.keys()}"
                return answer

            return operation

        return SimpleNamespace(
            exceptions=SimpleNamespace(**errors),
            meta=SimpleNamespace(service_model=model),
            **{name: call(name) for name in operations},
        )

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

    def run(self, code: str, event: dict[str, Any], environment: Mapping[str, str]) -> None:
        """The code of a function as Lambda runs it: loaded anew, its `handler` called once."""
        with self.as_boto3():
            module: dict[str, Any] = {"__name__": "index"}
            exec(code, module)  # noqa: S102  the code stands in a template of ours
            module["os"].environ, before = dict(environment), module["os"].environ
            try:
                module["handler"](event, None)
            finally:
                module["os"].environ = before


def refuse(error: str) -> Answer:
    """An answer that is an error of the service."""

    def answer(_parameters: dict[str, Any]) -> dict[str, Any]:
        raise KeyError(error)

    return answer


def _snake(operation: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation).lower()

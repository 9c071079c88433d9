"""The stand-in for CodeArtifact's endpoint for package managers."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from http import HTTPStatus

import pytest

from generator.emulator.programs.package_server import PackageAnswer, PackageRequest, package_server

HOST = "example-111122223333.d.codeartifact.eu-west-1.amazonaws.com"


def _get(path: str, authorization: str = "") -> tuple[int, str, list[PackageRequest]]:
    """The status, the text, and the request that the server received."""
    asked: list[PackageRequest] = []

    def answer(request: PackageRequest) -> PackageAnswer:
        asked.append(request)
        return PackageAnswer(HTTPStatus.OK, "here it is")

    with package_server(answer) as address:
        request = urllib.request.Request(f"{address}/{path}", headers={"Authorization": authorization})  # noqa: S310  our own
        try:
            with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310  our own
                return response.status, response.read().decode(), asked
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), asked


@pytest.mark.parametrize(
    ("path", "format", "package"),
    [
        ("pypi/shop/simple/requests/", "pypi", "requests"),
        ("npm/shop/@example/orders", "npm", "@example/orders"),
        ("maven/shop/com/example/orders", "maven", "com/example/orders"),
    ],
)
def test_addresses_of_packages(path: str, format: str, package: str) -> None:
    """Host, format and repository are read from the address; the rest names the package."""
    login = base64.b64encode(b"aws:secret").decode()
    status, text, asked = _get(f"{HOST}/{path}", f"Basic {login}")
    assert (200, "here it is\n") == (status, text)
    assert [PackageRequest("secret", "example", "111122223333", "shop", format, package)] == asked


@pytest.mark.parametrize(
    ("authorization", "token"),
    [
        ("Bearer secret", "secret"),
        ("", ""),
        (f"Basic {base64.b64encode(b'somebody:secret').decode()}", ""),
    ],
)
def test_tokens(authorization: str, token: str) -> None:
    """The token may be sent alone, as npm does; another user than `aws`, or none, has none."""
    _, _, [asked] = _get(f"{HOST}/npm/shop/express", authorization)
    assert token == asked.token


def test_other_addresses_are_no_packages() -> None:
    """Another host: the API is not called, and the answer names the missing package."""
    status, text, asked = _get("pypi.org/simple/requests/")
    assert (404, []) == (status, asked)
    assert "/pypi.org/simple/requests/" in text

"""boto3 clients of the emulator, and the environment with which a separate process reaches it."""

from __future__ import annotations

import functools
import os
import threading
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

INSIDE = "AKIAAWSBEHINDTHEWALL"
"""The prefix of access keys for calls inside AWS, which are neither guarded nor recorded."""
DEPLOYER = "AKIADEPLOYSTHESTACKS"
"""The prefix of access keys of the user who deploys."""
SECRET = "the emulator looks at access keys alone"  # noqa: S105  no signature is verified


def key_in(principal: str, account: str) -> str:
    """The access key of INSIDE or DEPLOYER in an account."""
    return f"{principal}{account}"


def account_of_key(access_key: str) -> str:
    """The account of such a key; "" for the key of a role."""
    return next((access_key.removeprefix(each) for each in (INSIDE, DEPLOYER) if access_key.startswith(each)), "")


@functools.cache
def session() -> Any:
    """The session of every client. It reads no profile and no file of this machine."""
    nowhere = {"config_file": os.devnull, "credentials_file": os.devnull, "profile": None}
    variables = {name: (None, None, value, None) for name, value in nowhere.items()}
    return boto3.session.Session(botocore_session=botocore.session.Session(variables))


class Clients:
    """Clients of one address. Each is created once, because that costs more than most calls."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._made: dict[tuple[str, str, str, str], Any] = {}
        # Making a client is not safe in threads, using it is:
        # https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
        self._lock = threading.Lock()

    def get(self, service: str, *, access_key: str, region: str, agent: str = "") -> Any:
        """The client of a service. An error is reported at once, without a retry."""
        wanted = (service, access_key, region, agent)
        with self._lock:
            if wanted not in self._made:
                self._made[wanted] = session().client(
                    service,
                    endpoint_url=self._url,
                    region_name=region,
                    aws_access_key_id=access_key,
                    aws_secret_access_key=SECRET,
                    config=Config(
                        retries={"total_max_attempts": 1},
                        proxies={},
                        user_agent_extra=agent or None,
                        # Otherwise botocore signs addresses of S3 by the old version, in regions that still accept it.
                        signature_version="s3v4" if service == "s3" else None,
                    ),
                )
            return self._made[wanted]

    def close(self) -> None:
        """Closes every connection."""
        for client in self._made.values():
            client.close()


def environment(url: str, *, access_key: str, region: str) -> dict[str, str]:
    """Variables that direct the AWS CLI and every SDK to the address, whatever is configured on this machine.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }

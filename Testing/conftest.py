"""Where the tests find the code, and what they share."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
for _folder in (REPOSITORY / "OrthancConnect", REPOSITORY / "Testing"):
    sys.path.insert(0, str(_folder))

from Support.process.left_behind import child_processes  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

# Ctrl-C counts for what the tests start, also where a run in the background was told to ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

_PRIVATE_FOLDERS = ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
_AMBIENT = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def private_surroundings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Keep this machine's settings, certificates and proxies out, and ours away from it."""
    home = tmp_path_factory.mktemp("home")
    for name in _PRIVATE_FOLDERS:
        monkeypatch.setenv(name, str(home / name))
    for name in _AMBIENT + _PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    # Another test's password may be a letter of this one's messages.
    monkeypatch.setattr("OrthancConnectCore.trace_log._secrets", set())
    # Another test's server may have had this one's port a moment ago.
    tls = sys.modules.get("OrthancConnectCore.network.tls")
    if tls is not None:
        monkeypatch.setattr(tls, "_SPOKE", {})
    return home


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail the run when its tests left a process behind: the first to be set up ends last."""
    yield
    deadline = time.monotonic() + 10  # a worker has its time to cancel what is under way
    while (left := child_processes()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left, f"processes left behind by the tests: {left}"


@pytest.fixture(scope="session")
def session_orthanc() -> Iterator[PrivateOrthanc]:
    """Hold one server for the whole run; tests use `orthanc`."""
    with PrivateOrthanc() as server:
        yield server


@pytest.fixture(scope="module")
def peer() -> Iterator[int]:
    """Port of a DICOM server that behaves as badly as its called AE title says."""
    from Support.scenarios.doctor_cases import misbehaving_port

    with misbehaving_port() as port:
        yield port


@pytest.fixture()
def orthanc(session_orthanc: PrivateOrthanc) -> PrivateOrthanc:
    """Give the shared server, empty. A test that changes its configuration starts its own."""
    session_orthanc.reset()
    return session_orthanc

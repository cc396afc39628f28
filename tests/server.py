"""The real portal in a process of its own: ``streamlit run app.py`` on a free port, ended with the test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

ROOT: Final = Path(__file__).resolve().parents[1]
_SECONDS_TO_START: Final = 60.0


@dataclass(frozen=True, slots=True)
class PortalServer:
    """A running portal: where it answers and where its output goes."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        """The address people would type."""
        return f"http://127.0.0.1:{self.port}"

    def output(self) -> str:
        """What it has said so far on the console."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def environment(*, database_url: str, key_file: Path, data: Path) -> dict[str, str]:
    """The environment of a portal process."""
    own = {"GUANJIA_DATABASE_URL": database_url, "GUANJIA_KEY_FILE": str(key_file), "GUANJIA_DATA": str(data)}
    return os.environ | own


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(port: int, *options: str, module: str = "streamlit") -> list[str]:
    """The command line that starts the portal. ``module``: what stands in for Streamlit's own command."""
    return [sys.executable, "-m", module, "run", "app.py", "--server.port", str(port), *options]


@contextmanager
def running_portal(
    *, database_url: str, key_file: Path, data: Path, module: str = "streamlit"
) -> Iterator[PortalServer]:
    """Start the portal on a database and wait until it is healthy; end it afterwards."""
    server = PortalServer(free_port(), data.parent / f"portal-{os.urandom(4).hex()}.log")
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            command(server.port, module=module),
            cwd=ROOT,
            env=environment(database_url=database_url, key_file=key_file, data=data),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(server: PortalServer, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the portal ended by itself:\n{server.output()}")
        try:
            if httpx.get(f"{server.url}/_stcore/health", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"the portal did not start:\n{server.output()}")

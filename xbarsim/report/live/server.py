"""A web server for the live view of a study, for this machine alone.

It binds the loopback address. A page from elsewhere whose name was made to point here (DNS
rebinding) is refused by its ``Host``; a tunnel to this machine comes under a name of its own, so
any port will do. What can be asked for is a list of names, no path of the file system.
"""

import json
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import urlsplit

from xbarsim.errors import StudyError
from xbarsim.report.live.growing import Growing
from xbarsim.report.page import filled

ADDRESS = "127.0.0.1"
_NAMES = {ADDRESS, "localhost"}
_KINDS = {"html": "text/html", "json": "application/json", "csv": "text/csv",
          "svg": "image/svg+xml", "pdf": "application/pdf"}  # fmt: skip
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # the page loads nothing from elsewhere, and nobody shows it in theirs
    "Content-Security-Policy": "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
}


class Server(ThreadingTCPServer):
    """Serves one study until it is shut down.

    Parameters
    ----------
    growing : what is shown.
    port : to listen at; 0 is any that is free.

    Raises
    ------
    StudyError : the port is in use, or may not be used.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, growing: Growing, port: int = 0) -> None:
        head = filled("watch.html.j2").encode()
        try:
            super().__init__((ADDRESS, port), partial(_Handler, growing, head))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise StudyError(
                f"--port {port}: cannot be listened at: {why}; choose another, or 0 for any that "
                "is free"
            ) from None

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{ADDRESS}:{self.server_address[1]}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle of an answer is no matter."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "xbarsim", ""
    timeout = 60  # s that a connection may be silent

    def __init__(self, growing: Growing, head: bytes, *args: Any) -> None:
        self._growing, self._head = growing, head
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer with what is asked for, if it is one of ours."""
        host = (self.headers.get("Host") or "").rpartition(":")
        name = host[0] if host[1] else host[2]
        if name.lower() not in _NAMES:
            self._answer(HTTPStatus.FORBIDDEN, b"this address is no name of this machine\n")
            return
        path = urlsplit(self.path).path.removeprefix("/")
        content = self._content(path)
        if content is None:
            self._answer(HTTPStatus.NOT_FOUND, b"there is no such file in this report\n")
        else:
            self._answer(HTTPStatus.OK, content, _KINDS[path.rpartition(".")[2] or "html"])

    do_HEAD = do_GET

    def _refused(self) -> None:
        self.close_connection = True  # what it sends is not read
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED, b"this server is for reading\n")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refused

    def _content(self, path: str) -> bytes | None:
        if path == "":
            return self._head
        if path == "state.json":
            return json.dumps(self._growing.told()).encode()
        return self._growing.file(path)

    def _answer(self, status: HTTPStatus, content: bytes, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, HEAD")
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        """Nothing is logged."""

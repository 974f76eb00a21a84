"""A real MJPEG camera on loopback that a test can stall, kill and let change its pictures."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

RATE = 60.0


class MjpegServer:
    """Serves what ``picture`` draws, numbered from 1."""

    def __init__(self, picture: Callable[[int], np.ndarray], port: int = 0) -> None:
        outer = self
        self.stalled = threading.Event()
        self.ended = threading.Event()
        self._picture = picture

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=part")
                self.end_headers()
                outer.stream(self)

            def log_message(self, *_words: object) -> None:
                """Tests are quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/camera.mjpg"

    def stream(self, handler: BaseHTTPRequestHandler) -> None:
        number = 0
        while not self.ended.wait(1 / RATE):
            if self.stalled.is_set():
                continue
            number += 1
            _, data = cv2.imencode(".jpg", self._picture(number))
            head = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n".encode()
            try:
                handler.wfile.write(head + data.tobytes() + b"\r\n")
            except OSError:
                return
        handler.close_connection = True

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

"""A small real SMTP server for the tests: speaks the protocol over a socket and can fail at a chosen moment."""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default


@dataclass
class Book:
    """What the server was told and how it is to behave: fault is '', 'rcpt-5', 'rcpt-4', 'data-5' or 'drop' (cuts
    the line after the text has gone over, without an answer).
    """

    fault: str = ""
    letters: list[Message] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    conversations: int = 0


class Handler(socketserver.StreamRequestHandler):
    """One conversation."""

    book: Book

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.book.conversations += 1
        self.say("220 test")
        while line := self.rfile.readline():
            verb = line.decode().strip().upper()
            if verb.startswith(("EHLO", "HELO")):
                self.say("250 test")
            elif verb.startswith("RCPT"):
                if self.book.fault == "rcpt-5":
                    self.say("550 no such user")
                elif self.book.fault == "rcpt-4":
                    self.say("451 try later")
                else:
                    self.book.recipients.append(line.decode().partition("<")[2].partition(">")[0])
                    self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go")
                text = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    text += part
                if self.book.fault == "data-5":
                    self.say("554 refused")
                    continue
                self.book.letters.append(message_from_bytes(text, policy=default))
                if self.book.fault == "drop":
                    return
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class Server:
    """Runs in a thread until closed."""

    def __init__(self) -> None:
        self.book = Book()
        handler = type("BoundHandler", (Handler,), {"book": self.book})
        socketserver.TCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

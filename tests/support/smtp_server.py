#!/usr/bin/env python3
"""A real SMTP server for the mail tests: prints its port, appends each message to the file given."""
import sys
import time

from aiosmtpd.controller import Controller


class Keeper:
    def __init__(self, file):
        self.file = file

    async def handle_DATA(self, server, session, envelope):
        with open(self.file, "ab") as out:
            out.write(b"TO " + ",".join(envelope.rcpt_tos).encode() + b"\n" + envelope.content + b"\n--end--\n")
        return "250 kept"


controller = Controller(Keeper(sys.argv[1]), hostname="127.0.0.1", port=int(sys.argv[2]))
controller.start()
print("ready", flush=True)
time.sleep(60)  # the test stops it long before

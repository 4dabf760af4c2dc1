"""Runs the `sh` blocks of documents and compares what they print with the block that follows (see tutorial.sh).

- A line `cargo run`, alone or with flags, starts the stack anew. Other lines go to one shell for each document.
- `json` that follows: the answers are compared as JSON. Any other block: line by line.
- `…` stands for anything: a value, a rest of a line, a line of its own for any number of lines; as a key, for more keys.
- Ids, times and digests only have to look alike.
- ```sh repeat: the reader repeats the commands until they print what is shown. ```sh no-run: needs an AWS account or a
  container engine.
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

PORTS = {flag: number for flag, number in [("listen", 3000), ("dynamodb", 8000), ("s3", 9000), ("cms", 9100)]}
SERVER = re.compile(r"cargo run( -- (?P<flags>--.*?))?\s*(#.*)?")
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
VOLATILE = [(re.compile(pattern), name) for pattern, name in [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>"),
    (r"\b[0-9a-f]{64}\b", "<digest>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<instant>"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<time>"),
    (r"\b1[789]\d{11}\b", "<label>"),
    (r"\bco_\w{12}_\w+", "<key>"),
]]
RUN = ("sh", "sh repeat")
END = "---- end of block"
# What is built is built already, and `cargo test` is run by .ci/run itself.
SHIM = """#!/bin/sh
case "$1 $2 $3" in
    "build "* | "test "*) exit 0 ;;
    "run -q -p"|"run -p "*) while [ "$1" != -- ]; do shift; done; shift; exec "$ADMIN" "$@" --endpoint "$ENDPOINT" ;;
    *) while [ "$1" != -- ]; do shift; done; shift; exec "$LOCAL" "$@" ;;
esac
"""
ADMIN = """#!/bin/sh
exec "$ADMIN" "$@" --endpoint "$ENDPOINT"
"""


def normal(text):
    for pattern, name in VOLATILE:
        text = pattern.sub(name, text)
    return text


def fits(shown, real):
    """Whether a JSON value is as shown."""
    if shown == "…":
        return True
    if isinstance(shown, dict) and isinstance(real, dict):
        keys = set(shown) - {"…"}
        alike = keys <= set(real) if "…" in shown else keys == set(real)
        return alike and all(fits(shown[key], real[key]) for key in keys)
    if isinstance(shown, list) and isinstance(real, list):
        return len(shown) == len(real) and all(map(fits, shown, real))
    if isinstance(shown, str) and isinstance(real, str):
        return fits_text(shown, real)
    return type(shown) is type(real) and shown == real


def fits_text(shown, real):
    lines = [".*" if line == "…" else re.escape(normal(line)).replace("…", "[^\n]*") for line in shown.split("\n")]
    return re.fullmatch("\n".join(lines), normal(real), re.S) is not None


def documents(text):
    """All JSON documents of a text, one after the other."""
    decoder, found, text = json.JSONDecoder(), [], text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


def matches(info, shown, real):
    if info != "json":
        return fits_text(shown.strip(), real.strip())
    try:
        return fits(documents(shown), documents(real))
    except json.JSONDecodeError:
        return False


class Session:
    """A stack, and a shell beside it."""

    def __init__(self, local, admin, folder):
        self.folder, self.local, self.stack = folder, local, None
        os.makedirs(f"{folder}/work/target/debug")
        for path, text in [("cargo", SHIM), ("work/target/debug/admin", ADMIN)]:
            with open(f"{folder}/{path}", "w", encoding="utf-8") as shim:
                shim.write(text)
            os.chmod(f"{folder}/{path}", 0o755)
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
        self.ports = dict(zip(PORTS, (each.getsockname()[1] for each in sockets)))
        for each in sockets:
            each.close()
        environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "LOCAL": local, "ADMIN": admin,
                                    "ENDPOINT": f"http://127.0.0.1:{self.ports['dynamodb']}"}
        self.shell = subprocess.Popen(["bash"], cwd=f"{folder}/work", env=environment, text=True, bufsize=1,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def renumber(self, text, back=False):
        for flag, number in PORTS.items():
            pair = (f":{number}", f":{self.ports[flag]}")
            text = text.replace(*(reversed(pair) if back else pair))
        return text

    def start(self, flags):
        self.stop()
        for flag, port in self.ports.items():
            flags += [f"--{flag}", f"127.0.0.1:{port}"]
        # Orders move when the document says so.
        self.stack = subprocess.Popen([self.local, *flags, "--tick-seconds", "0"], cwd=f"{self.folder}/work",
                                      stdout=open(f"{self.folder}/stack", "w", encoding="utf-8"), stderr=subprocess.STDOUT)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.ports["listen"]), 1).close()
                return
            except OSError:
                if self.stack.poll() is not None:
                    break
                time.sleep(0.1)
        sys.exit(open(f"{self.folder}/stack", encoding="utf-8").read())

    def run(self, commands):
        """Returns what the commands print, and the exit code of the last one."""
        self.shell.stdin.write(f"{self.renumber(commands)}\ncode=$?; echo; echo '{END}' $code\n")
        self.shell.stdin.flush()
        printed = []
        for line in self.shell.stdout:
            if line.startswith(END):
                return self.renumber("".join(printed), back=True), int(line.split()[-1])
            printed.append(line)
        return "".join(printed), -1

    def stop(self):
        if self.stack:
            self.stack.send_signal(signal.SIGINT)
            self.stack.wait(60)
            self.stack = None

    def end(self):
        self.stop()
        self.shell.kill()


def check(session, path, number, block, answer):
    """Runs a block. Returns whether it printed what the document shows."""
    commands = []
    for line in block["text"].splitlines():
        server = SERVER.fullmatch(line)
        if server:
            session.start((server["flags"] or "").split())
        else:
            commands.append(line)
    for attempt in range(60 if block["info"] == "sh repeat" else 1):
        time.sleep(1 if attempt else 0)
        printed, code = session.run("\n".join(commands))
        if matches(answer["info"], answer["text"], printed) if answer else code == 0:
            return True
    print(f"{path}:{number}: not as shown\n{block['text']}prints\n{printed.strip()}\nexit code {code}\n")
    return False


def check_document(local, admin, path):
    """Runs all blocks of a document. Returns how many did not print what it shows."""
    with open(path, encoding="utf-8") as file:
        document = file.read()
    blocks = list(BLOCK.finditer(document))
    infos = [block["info"] for block in blocks]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        session = Session(local, admin, folder)
        try:
            for block, after in zip(blocks, [*blocks[1:], None]):
                if block["info"] not in RUN:
                    continue
                # What is printed follows at once.
                has_answer = after and not document[block.end() : after.start()].strip() and after["info"] in ("", "json")
                number = document[: block.start()].count("\n") + 1
                failures += not check(session, path, number, block, after if has_answer else None)
        finally:
            session.end()
    print(f"{path}: {sum(map(infos.count, RUN))} blocks run, {infos.count('sh no-run')} not run")
    return failures


def stop_waiting(*_):
    sys.exit("tutorial: stopped, or not done in 15 minutes")


signal.signal(signal.SIGTERM, stop_waiting)
signal.signal(signal.SIGALRM, stop_waiting)
signal.alarm(15 * 60)
binaries = [os.path.abspath(path) for path in sys.argv[1:3]]
sys.exit(sum(check_document(*binaries, path) for path in sys.argv[3:]) > 0)

"""Who is timed on the way to a machine of a tailnet."""
import contextlib
import os
import re
import subprocess
import time
from dataclasses import dataclass

import measure

LOOK_SECONDS = 0.01
LONGEST_SECONDS = 3600
RECEIVER, SENDER = "laptop", "desk"
TARGET = f"taildrop:{RECEIVER}"
COPY = "tailscale file cp of a ready file"
STREAM = "tailscale file cp - of the same"
READY = "dynodrop, from a spool that has all"
DUMP = "dynodrop dump -t FILE"
WHOLE = f"dynodrop dump -t {TARGET}"


@dataclass
class Timing:
    wall: float  # seconds from the start to arrival; of a dump alone to its end
    first: float = 0.0  # seconds from the start to the first byte that arrived
    bytes: int = 0
    early: bool = False  # whether rows were being read when that byte arrived

    @property
    def transfer(self):
        return self.wall - self.first


class Deliveries:
    """What can be timed on a tailnet, each with a function that returns a Timing. What arrives has to be a whole drop."""

    def __init__(self, setup, server, database, jobs, tailnet):
        self.setup, self.server, self.database, self.jobs, self.tailnet = setup, server, database, jobs, tailnet
        self.folder = os.path.join(setup.folder, "delivery")
        self.ready = os.path.join(self.folder, "ready")
        os.makedirs(self.folder, exist_ok=True)
        self.env = tailnet.env | {"DYNODROP_LOGIN_SERVER": tailnet.env["tailnet_url"]}
        self.limits = ""
        with open(tailnet.env["tailnet_key"], encoding="utf-8") as file:
            self.env["DYNODROP_TS_AUTHKEY"] = file.read().strip()
        tailnet.do(f"start_receiver {RECEIVER}")
        self.find_limits()
        tailnet.do(f"{self.limits} start_receiver {SENDER}")
        self.dump()

    def kinds(self):
        return {COPY: self.copy, STREAM: self.stream, READY: self.send_ready, DUMP: self.dump, WHOLE: self.deliver}

    def argv(self, *targets):
        words = [self.setup.dynodrop, "dump", "-q", "-d", self.server.address(self.database), "-r", self.setup.recipient]
        words += ["-j", str(self.jobs), "-z", self.setup.level, "--name", "drop", "--spool", self.folder]
        return self.tailnet.run_argv() + words + [word for target in targets for word in ("-t", target)]

    @contextlib.contextmanager
    def started(self, argv, source=subprocess.DEVNULL):
        """The running program, which has to end well; killed where the block fails."""
        with open(os.path.join(self.folder, "errors"), "w+b") as errors:
            process = subprocess.Popen(argv, stdin=source, stdout=errors, stderr=errors, env=self.env)
            try:
                yield process
                measure.wait(process, errors)
            finally:
                if process.returncode is None:
                    process.terminate()
                    process.wait()

    def find_limits(self):
        """The Go variables that dynodrop gives its tailscaled, read from one that runs."""
        with self.started(self.argv(TARGET) + ["--", "--schema-only"]) as process:
            for _ in until_ended(process):
                for pid in measure.descendants([process.pid]):
                    if measure.read(f"/proc/{pid}/comm") == "tailscaled\n":
                        # Empty once the process is about to end.
                        words = (measure.read(f"/proc/{pid}/environ") or "").split("\0")
                        self.limits = " ".join(word for word in words if re.match("GO(MEMLIMIT|GC)=", word)) or self.limits
        self.take("drop")
        if not self.limits:
            raise measure.BenchError("the tailscaled of dynodrop has no GOMEMLIMIT: a plain one cannot have the same")

    def take(self, name):
        """Waits until the receiver has handed out that file, which has to be a whole drop, and removes it. Returns its size."""
        path = os.path.join(self.tailnet.folder(RECEIVER), "inbox", name)
        wait_until(lambda: self.tailnet.files(RECEIVER) == [path])
        subprocess.run([self.setup.dynodrop, "verify", "-i", self.setup.identity, path], check=True, capture_output=True, text=True)
        size = os.path.getsize(path)
        os.remove(path)
        return size

    def is_reading(self):
        """Whether a dump's connection is copying rows out."""
        return self.server.ask("postgres", """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name LIKE 'dynodrop/%' AND state = 'active' AND query LIKE '%COPY%';""") != [["0"]]

    def arrival(self, name, process, started):
        """Looks at the receiver until that file is complete there."""
        timing = Timing(wall=0.0)
        for _ in until_ended(process):
            files = self.tailnet.files(RECEIVER)
            if files and not timing.first:
                timing.first, timing.early = time.monotonic() - started, self.is_reading()
            if any(os.path.basename(path) == name for path in files):
                break
        # A sender that has ended well knows that it has arrived.
        timing.wall = time.monotonic() - started
        return timing

    def plain(self, source, *what):
        """`tailscale file cp` by a tailscaled that has just started and has the limits of dynodrop's."""
        self.tailnet.do(f"{self.limits} restart_receiver {SENDER}")
        started = time.monotonic()
        with self.started([*self.tailnet.tailscale(SENDER), "file", "cp", *what, f"{RECEIVER}:"], source) as process:
            timing = self.arrival("ready", process, started)
        timing.bytes = self.take("ready")
        return timing

    def copy(self):
        return self.plain(subprocess.DEVNULL, self.ready)

    def stream(self):
        """Without a length that is known beforehand, as a dump in the making has none."""
        with open(self.ready, "rb") as source:
            return self.plain(source, "--name", "ready", "-")

    def send_ready(self):
        """A dump that is in the spool, since the file is there, before the receiver, asleep until then, can be sent anything."""
        self.remove_ready()
        self.tailnet.do(f"pause_receiver {RECEIVER}")
        with self.started(self.argv(self.ready, TARGET)) as process:
            wait_until(lambda: os.path.exists(self.ready) or has_ended(process))
            self.tailnet.do(f"resume_receiver {RECEIVER}")
            timing = self.arrival("drop", process, time.monotonic())
        timing.bytes = self.take("drop")
        return timing

    def dump(self):
        """To a file, which is the one that is ready from then on."""
        self.remove_ready()
        started = time.monotonic()
        with self.started(self.argv(self.ready)):
            pass
        return Timing(wall=time.monotonic() - started, bytes=os.path.getsize(self.ready))

    def deliver(self):
        """All of it: the node, the dump and its delivery."""
        started = time.monotonic()
        with self.started(self.argv(TARGET)) as process:
            timing = self.arrival("drop", process, started)
        timing.bytes = self.take("drop")
        return timing

    def remove_ready(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.ready)


def has_ended(process):
    """Leaves it to be waited for."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def wait_until(condition):
    for _ in looks():
        if condition():
            return


def until_ended(process):
    for _ in looks():
        if has_ended(process):
            return
        yield


def looks():
    """A look each moment, until that has taken too long."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(LOOK_SECONDS)
    raise measure.BenchError(f"it is not done within {LONGEST_SECONDS} s")

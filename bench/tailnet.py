"""A tailnet to deliver through: that of the tests, with real tailscaleds, on this machine's loopback or on one that is slow."""
import contextlib
import os
import re
import subprocess

import measure

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests")
# The burst is what passes at once after a pause; a packet of loopback has to fit into it.
LIMIT = "ip link set lo up && tc qdisc add dev lo root tbf rate {}mbit burst 64kb latency 50ms"


def require(limited):
    """What a tailnet needs, and one with a limit, too."""
    missing = subprocess.run([os.path.join(TESTS, "deps"), "--check", "tailnet"], check=False, capture_output=True, text=True)
    if missing.returncode != 0:
        raise measure.BenchError(f"{missing.stdout.strip()}; run 'tests/deps tailnet'")
    if limited and os.getuid() != 0:
        raise measure.BenchError("only root can make a slow link: leave it out with --mbit 0")


def version(env):
    said = subprocess.run(["tailscale", "version"], check=True, capture_output=True, text=True, env=env).stdout
    return re.search(r"[\d.]+", said)[0]


class Tailnet:
    """One that runs until stop(). `limit` is that of its loopback in Mbit/s, both directions together, or None: then it is the
    machine's own. A limited one is a network of its own, for commands that begin with run_argv()."""

    def __init__(self, folder, env, limit=None):
        argv = ["bash", "-s"] if limit is None else ["unshare", "--net", "bash", "-s"]
        self.limit = limit
        self.log = os.path.join(folder, "tailnet.log")
        with open(self.log, "ab") as log:
            self.shell = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=env | {"TMPDIR": folder},
                start_new_session=True,
            )
        self.env = {}
        try:
            if limit is not None:
                self.do(LIMIT.format(limit))
            self.do(f"source '{TESTS}/tailnet/tailnet.bash'")
            self.do("trap end_tailnet EXIT")
            self.do("start_tailnet")
            said = self.do("env | grep -E '^(TS_[A-Z_]*|PATH|tailnet[a-z_]*)='")
            self.env = env | dict(line.split("=", 1) for line in said.splitlines())
        except BaseException:
            self.stop()
            raise

    def do(self, command):
        """Runs a line of bash, in which the functions of tailnet.bash are known, and returns what it printed."""
        end, said = "-- ended with ", []
        with contextlib.suppress(BrokenPipeError):
            self.shell.stdin.write(f"{{ {command}; }} </dev/null; status=$?; echo; echo '{end}'$status\n")
            self.shell.stdin.flush()
        for line in self.shell.stdout:
            if line == f"{end}0\n":
                return "".join(said).strip()
            if line.startswith(end):
                break
            said.append(line)
        raise measure.BenchError(f"the tailnet failed at `{command}`:\n{(measure.read(self.log) or '')[-2000:]}")

    def run_argv(self):
        """What a command that is to be in this network begins with."""
        return [] if self.limit is None else ["nsenter", f"--net=/proc/{self.shell.pid}/ns/net"]

    def folder(self, machine):
        return os.path.join(self.env["tailnet"], machine)

    def tailscale(self, machine):
        """The beginning of a command that has this machine's tailscaled do something."""
        return [*self.run_argv(), "tailscale", "--socket", os.path.join(self.folder(machine), "socket")]

    def files(self, machine):
        """The paths of what has come to that machine or is coming: its tailscaled has it first, as NAME.SENDER.partial until it is
        complete, and then hands it out into the inbox."""
        places = [os.path.join(self.folder(machine), place) for place in ("state/files", "inbox")]
        return [os.path.join(folder, name) for place in places for folder, _, names in os.walk(place) for name in names]

    def stop(self):
        with contextlib.suppress(BrokenPipeError):
            self.shell.stdin.close()
        self.shell.wait()

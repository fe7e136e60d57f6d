"""tools/packages.sh, which installs what the tests need: it waits for another package manager, and for nothing else."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "packages.sh"
LISTS = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 42 (apt-get)"
DPKG = "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?"
FOLDER = "E: Unable to lock directory /var/cache/apt/archives/"
UNKNOWN = "E: Unable to locate package no-such-program"
# A machine of its own: apt-get fails with what lies in `complaints`, one after the other; waiting takes no time.
APT_GET = """#!/bin/sh
echo "$@" >>"$MACHINE/calls"
read -r complaint <"$MACHINE/complaints" || exit 0
sed -i 1d "$MACHINE/complaints"
test -z "$complaint" && exit 0
echo "$complaint" >&2
exit 100
"""
PROGRAMS = {"apt-get": APT_GET, "id": "#!/bin/sh\necho 0\n", "sleep": '#!/bin/sh\necho "$1" >>"$MACHINE/slept"\n'}


@pytest.fixture
def install(tmp_path):
    """Runs the script where apt-get has these complaints, and returns its result, apt's calls, and the seconds waited."""
    for name, program in PROGRAMS.items():
        (tmp_path / name).write_text(program)
        (tmp_path / name).chmod(0o755)

    def run(*complaints: str, program: str = "no-such-program"):
        (tmp_path / "complaints").write_text("".join(f"{line}\n" for line in complaints))
        for record in ("calls", "slept"):
            (tmp_path / record).write_text("")
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "MACHINE": str(tmp_path)}
        done = subprocess.run(
            ["sh", str(SCRIPT), program], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        calls = (tmp_path / "calls").read_text().splitlines()
        return done, calls, sum(map(int, (tmp_path / "slept").read_text().split()))

    return run


def test_what_is_there_is_not_installed(install):
    done, calls, _ = install(program="sh")
    assert (done.returncode, calls) == (0, [])


@pytest.mark.parametrize("lock", [LISTS, DPKG, FOLDER])
def test_each_step_waits_for_a_lock(install, lock):
    done, calls, waited = install(lock, lock, "", lock)
    assert done.returncode == 0, done.stderr
    assert [call.split()[3] for call in calls] == ["update"] * 3 + ["install"] * 2
    assert waited == 15
    assert "waiting" in done.stderr


def test_apt_itself_waits_for_dpkg_s_lock_in_each_step(install):
    _, calls, _ = install()
    assert [call.split()[1:4] for call in calls] == [
        ["-o", "DPkg::Lock::Timeout=600", "update"], ["-o", "DPkg::Lock::Timeout=600", "install"],
    ]  # fmt: skip


@pytest.mark.parametrize("before", [[], [""]])
def test_any_other_complaint_is_final_and_shown(install, before):
    done, calls, waited = install(*before, UNKNOWN)
    assert (done.returncode, len(calls), waited) == (1, len(before) + 1, 0)
    assert UNKNOWN in done.stderr


def test_a_lock_that_is_never_given_back_is_named(install):
    done, _, waited = install(*[LISTS] * 500)
    assert (done.returncode, waited) == (1, 600)
    assert "held by process 42" in done.stderr

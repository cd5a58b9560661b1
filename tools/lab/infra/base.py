"""The base file system that all hosts of all labs share, read-only below their overlays.
Invariant: it appears under its name only when it is whole; the name is a digest of what went in."""
import fcntl
import hashlib
import os
import shutil
import sys
from pathlib import Path

from infra.shell import run

HERE = Path(__file__).resolve().parent.parent
PACKAGES = ["systemd", "systemd-sysv", "dbus", "openssh-server", "etcd-server", "etcd-client", "iproute2",
            "procps", "sudo", "jq", "openssl", "kubernetes-client"]
MASKED = ["etcd.service", "systemd-resolved.service", "systemd-networkd.service", "apt-daily.timer",
          "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer",
          "systemd-timesyncd.service", "console-getty.service", "getty.target", "systemd-logind.service",
          "e2scrub_reap.service", "systemd-journal-flush.service", "systemd-update-utmp.service",
          "systemd-tmpfiles-clean.timer", "sys-kernel-debug.mount", "sys-kernel-tracing.mount"]


def packages():
    extra = (HERE / "host/packages.txt").read_text().splitlines()
    return sorted(set(PACKAGES + [line.strip() for line in extra if line.strip() and not line.startswith("#")]))


def cache_directory():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", "/root"), ".cache")
    return Path(cache) / "restorectl-lab"


def prepare(path):
    """What every host of every lab has alike."""
    for unit in MASKED:
        link = path / "etc/systemd/system" / unit
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to("/dev/null")
    (path / "etc/machine-id").write_text("")
    (path / "etc/ssh/sshd_config.d").mkdir(parents=True, exist_ok=True)
    (path / "etc/ssh/sshd_config.d/lab.conf").write_text(
        "UseDNS no\nPrintMotd no\nPasswordAuthentication no\nUsePAM no\n")
    for key in (path / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    run("chroot", str(path), "useradd", "-m", "-s", "/bin/bash", "core")
    for name in (".bashrc", ".profile", ".bash_logout"):
        (path / "home/core" / name).unlink(missing_ok=True)
    sudoers = path / "etc/sudoers.d/core"
    sudoers.write_text("core ALL=(ALL) NOPASSWD: ALL\n")
    sudoers.chmod(0o440)
    # A locked password would be refused where PAM is not asked.
    run("chroot", str(path), "usermod", "-p", "*", "core")


def ensure(say):
    """Returns the path of the base, made now if it is not there."""
    names = packages()
    digest = hashlib.sha256(("\n".join(names) + Path(__file__).read_text()).encode()).hexdigest()[:16]
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"base-{digest}"
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two labs that come up together build it once
        if path.exists():
            return path
        say("building the hosts' base file system (once, about half a minute)")
        partial = cache / f"partial-{digest}"
        shutil.rmtree(partial, ignore_errors=True)
        run("mmdebstrap", "--quiet", "--variant=minbase", "--include=" + ",".join(names),
            "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
            "--dpkgopt=path-exclude=/usr/share/locale/*", "bookworm", str(partial), timeout=1200)
        prepare(partial)
        os.rename(partial, path)
    return path

"""crictl 1.20's stand-in: the sub-commands and exact forms that people and scripts read.

Invariant: same columns, same emptiness, same exit codes as crictl v1.20.0; starts fast, since the
restore script and every tool poll it.
"""
import json
import os
import re
import sys
import time

from . import settings
from .runtime_client import CRICTL_TIMEOUT, RuntimeClient, RuntimeDown

HEADERS = ("CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID")
POD_HEADERS = ("POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME")
STATES = {"CONTAINER_RUNNING": "Running", "CONTAINER_EXITED": "Exited",
          "SANDBOX_READY": "Ready", "SANDBOX_NOTREADY": "NotReady"}
VALUE_FLAGS = {"--label": "label", "--name": "name", "-o": "output", "--output": "output",
               "--state": "state", "-s": "state", "--pod": "pod", "-p": "pod", "--tail": "tail",
               "--namespace": "namespace", "--timeout": "timeout"}
BOOL_FLAGS = {"-a": "all", "--all": "all", "-q": "quiet", "--quiet": "quiet", "-i": "stdin",
              "--interactive": "stdin", "-t": "tty", "--tty": "tty", "-it": "stdin",
              "--no-trunc": "full", "-s": "sync", "--sync": "sync", "-f": "follow"}


def fatal(message):
    """crictl's way to die."""
    zone = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    sys.stderr.write('time="%s" level=fatal msg="%s"\n' % (zone[:-2] + ":" + zone[-2:], message))
    sys.exit(1)


def parse(arguments, flags_with_value):
    """Splits options from operands; options end at the first operand, as in exec ID CMD -x."""
    options, rest = {"label": []}, list(arguments)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        flag, equals, value = rest.pop(0).partition("=")
        if flag == "--":
            break
        if flag in flags_with_value:
            if not equals:
                if not rest:
                    fatal("flag needs an argument: " + flag)
                value = rest.pop(0)
            name = VALUE_FLAGS[flag]
            options[name] = options["label"] + [value] if name == "label" else value
        elif flag in BOOL_FLAGS:
            options[BOOL_FLAGS[flag]] = True
        else:
            fatal("flag provided but not defined: -" + flag.lstrip("-"))
    return options, rest


def human_duration(seconds):
    """docker/go-units HumanDuration, which crictl prints."""
    seconds = int(seconds)
    if seconds < 1:
        return "Less than a second"
    if seconds == 1:
        return "1 second"
    if seconds < 60:
        return "%d seconds" % seconds
    minutes = seconds // 60
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return "%d minutes" % minutes
    hours = int(seconds / 3600 + 0.5)
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return "%d hours" % hours
    return "%d days" % (hours // 24)


def created(record):
    """The CREATED column."""
    return human_duration(time.time() - int(record["createdAt"]) / 1e9) + " ago"


def print_table(rows):
    """Columns of at least 20, three blanks between them, the last one not padded."""
    widths = [max(17, *(len(row[i]) for row in rows)) + 3 for i in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)] + [row[-1]]
        sys.stdout.write("".join(cells) + "\n")


def has_labels(record, wanted):
    """Every --label k=v must be there exactly."""
    return all(record["labels"].get(key) == value
               for key, _, value in (label.partition("=") for label in wanted))


def find(client, prefix):
    """The one container whose id starts so."""
    records = [record for record in client.call("list")["containers"]
               if prefix and record["id"].startswith(prefix)]
    if len(records) != 1:
        fatal('getting the status of the container "%s": rpc error: code = NotFound desc = '
              'an error occurred when try to find container "%s": not found' % (prefix, prefix))
    return client.call("inspect", id=records[0]["id"])


def as_json(value):
    """crictl indents by two and opens an empty list over two lines."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return re.sub(r'^(\s*)("[^"]*": )\[\](,?)$', r"\1\2[\n\1]\3", text, flags=re.M) + "\n"


def ps(client, options, _rest):
    """crictl ps"""
    wanted_state = options.get("state", "").lower()
    records = []
    for record in client.call("list")["containers"]:
        state = STATES[record["state"]]
        if wanted_state:
            shown = state.lower() == wanted_state
        else:
            shown = options.get("all") or state == "Running"
        if (shown and has_labels(record, options["label"])
                and re.search(options.get("name", ""), record["metadata"]["name"])
                and record["podSandboxId"].startswith(options.get("pod", ""))):
            records.append(record)
    if options.get("output") == "json":
        keys = ("id", "podSandboxId", "metadata", "image", "imageRef", "state", "createdAt",
                "labels", "annotations")
        shape = [dict(record, image={"image": record["image"], "annotations": {}},
                      imageRef=record["image"]) for record in records]
        sys.stdout.write(as_json({"containers": [{key: item[key] for key in keys}
                                                 for item in shape]}))
    elif options.get("quiet"):
        sys.stdout.write("".join(record["id"] + "\n" for record in records))
    else:
        print_table([HEADERS] + [
            (record["id"][:13], record["image"][7:20], created(record), STATES[record["state"]],
             record["metadata"]["name"], str(record["metadata"]["attempt"]),
             record["podSandboxId"][:13]) for record in records])


def pods(client, options, _rest):
    """crictl pods"""
    records = [record for record in client.call("list")["sandboxes"]
               if has_labels(record, options["label"])
               and re.search(options.get("name", ""), record["metadata"]["name"])
               and options.get("namespace", record["metadata"]["namespace"])
               == record["metadata"]["namespace"]
               and options.get("state", STATES[record["state"]]).lower()
               == STATES[record["state"]].lower()]
    if options.get("output") == "json":
        sys.stdout.write(as_json({"items": records}))
    elif options.get("quiet"):
        sys.stdout.write("".join(record["id"] + "\n" for record in records))
    else:
        print_table([POD_HEADERS] + [
            (record["id"][:13], created(record), STATES[record["state"]],
             record["metadata"]["name"], record["metadata"]["namespace"],
             str(record["metadata"]["attempt"]), "(default)") for record in records])


def inspect(client, _options, rest):
    """crictl inspect: the only place that knows start, finish and exit code."""
    def moment(nanoseconds):
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(nanoseconds) / 1e9)) + (
            ".%09dZ" % (int(nanoseconds) % 10**9) if int(nanoseconds) else "Z")
    for prefix in rest:
        record = find(client, prefix)
        status = {key: record[key] for key in
                  ("id", "metadata", "state", "exitCode", "reason", "labels", "annotations",
                   "logPath")}
        status.update(createdAt=moment(record["createdAt"]), startedAt=moment(record["startedAt"]),
                      finishedAt=moment(record["finishedAt"]), imageRef=record["image"],
                      image={"image": record["imageName"], "annotations": {}}, message="",
                      mounts=[])
        sys.stdout.write(as_json({"status": status, "info": {
            "sandboxID": record["podSandboxId"], "pid": record["pid"]}}))


def logs(client, options, rest):
    """crictl logs [--tail N] ID"""
    if not rest:
        fatal("ID cannot be empty")
    with open(find(client, rest[0])["logPath"], errors="replace") as file:
        lines = file.readlines()
    if "tail" in options and int(options["tail"]) >= 0:
        lines = lines[len(lines) - min(int(options["tail"]), len(lines)):]
    sys.stdout.writelines(lines)


def execute(client, _options, rest):
    """crictl exec [-i] ID CMD: runs with the container's environment."""
    if len(rest) < 2:
        fatal("exec requires a container ID and a command")
    record = find(client, rest[0])
    if record["state"] != "CONTAINER_RUNNING":
        fatal("execing command in container: rpc error: code = Unknown desc = container is in "
              "CONTAINER_EXITED state")
    sys.stdout.flush()
    try:
        pid = os.posix_spawnp(rest[1], rest[1:], record["env"])
    except OSError as error:
        fatal('execing command in container: rpc error: code = Unknown desc = failed to exec: '
              '\\"%s\\": %s' % (rest[1], error.strerror))
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        fatal("execing command in container: command terminated with exit code %d" % code)


def stop(client, options, rest):
    """crictl stop [--timeout SECONDS] ID…: returns when they have ended, or when it has lost patience."""
    grace = float(options.get("timeout", 0))
    patience = grace + settings.scaled(CRICTL_TIMEOUT, 1)
    for prefix in rest:
        record = find(client, prefix)
        client.give_up_after(patience)
        deadline = time.monotonic() + patience
        try:
            client.call("stop", id=record["id"], grace=grace)
            while client.call("inspect", id=record["id"])["state"] == "CONTAINER_RUNNING":
                if time.monotonic() > deadline:
                    raise RuntimeDown("it runs on")
                time.sleep(0.05)
        except RuntimeDown:
            fatal('stopping the container "%s" failed: rpc error: code = DeadlineExceeded desc = '
                  'context deadline exceeded' % prefix)
        sys.stdout.write(prefix + "\n")


def version(_client, _options, _rest):
    """crictl version"""
    sys.stdout.write("Version:  0.1.0\nRuntimeName:  cri-o\nRuntimeVersion:  1.20.2\n"
                     "RuntimeApiVersion:  v1alpha1\n")


def main(arguments):
    """Entry point; returns the exit code."""
    commands = {"ps": ps, "pods": pods, "inspect": inspect, "logs": logs, "exec": execute,
                "stop": stop, "version": version}
    if arguments == ["--version"]:
        sys.stdout.write("crictl version 1.20.0\n")
        return 0
    if not arguments or arguments[0] not in commands:
        fatal('No help topic for "%s"' % (arguments[0] if arguments else ""))
    with_value = set(VALUE_FLAGS) - ({"-s"} if arguments[0] == "exec" else set())
    options, rest = parse(arguments[1:], with_value)
    try:
        client = RuntimeClient.connect_until(settings.scaled(CRICTL_TIMEOUT))
        commands[arguments[0]](client, options, rest)
    except RuntimeDown:
        fatal("connect: connect endpoint 'unix://%s', make sure you are running as root and the "
              "endpoint has been started: context deadline exceeded" % settings.RUNTIME_SOCKET)
    return 0

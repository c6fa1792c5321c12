"""The lock files install the same everywhere, from any index, and need nothing that they do not name."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).resolve().parents[2] / "requirements"
LOCKS = ["base.txt", "dev.txt"]
# Debian 12 has the first.
PYTHONS = ["3.11.2", "3.11.14", "3.12.12", "3.13.9"]
PLATFORMS = [("linux", "x86_64", "Linux"), ("linux", "aarch64", "Linux"), ("darwin", "arm64", "Darwin")]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_path(lock):
    text = (FOLDER / lock).read_text()
    assert not re.search(r"https?:|file://|--index-url|--find-links|--trusted-host|^-e|(^|\s)/", text, re.M)


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_is_pinned_and_hashed(lock):
    for entry in re.split(r"\n(?=[a-z0-9])", (FOLDER / lock).read_text())[1:]:
        assert re.match(r"[a-z0-9._-]+==\S+ \\\n\s+--hash=sha256:[0-9a-f]{64}", entry, re.I), entry


def test_what_is_asked_for_is_locked():
    asked = {canonicalize_name(Requirement(line).name) for line in lines("base.in") + lines("dev.in")}
    assert asked <= set(pins("dev.txt"))
    assert pins("base.txt").items() <= pins("dev.txt").items()


@pytest.mark.parametrize("python", PYTHONS)
def test_a_lock_is_complete_for_every_python_and_system(python):
    installed = {canonicalize_name(each.metadata["Name"]): each for each in distributions()}
    missing = []
    for lock in LOCKS:
        locked = pins(lock)
        for system, machine, name in PLATFORMS:
            surroundings = environment(python, system, machine, name)
            for package in locked.keys() & installed.keys():
                for needed in map(Requirement, installed[package].requires or []):
                    applies = needed.marker is None or needed.marker.evaluate(surroundings)
                    if applies and canonicalize_name(needed.name) not in locked:
                        missing.append(f"{lock}: {package} needs {needed}")
    assert not missing


def lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text().splitlines() if line and line[0] not in "#-"]


def pins(name: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (FOLDER / name).read_text(), re.M)
    return {canonicalize_name(package): version for package, version in found}


def environment(python: str, system: str, machine: str, name: str) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": python,
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": name,
        "platform_version": "",
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": system,
        "extra": "",
    }

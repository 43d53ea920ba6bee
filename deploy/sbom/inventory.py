"""Lists what is installed where it runs, with licences: CycloneDX 1.6 as JSON, or with --licences the texts.

It runs inside an image (make.sh), so it needs nothing but Python, and lists what is there, not what a lock
names: Python and its packages, those of npm inside Tickcast, and those of Debian. It ends with code 1 if it
finds no licence for one of them, and names it.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

DPKG = Path("/var/lib/dpkg/status")
DOCS = Path("/usr/share/doc")
OS_RELEASE = Path("/etc/os-release")

LICENCE_FILE = re.compile(r"(?:^|/)(?:licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)

# Names by which packages that have no SPDX expression call a licence.
SPDX = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd-3": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
}
IDENTIFIER = re.compile(r"[A-Za-z0-9.+-]+")
WORDS = re.compile(r"[A-Za-z0-9.+()-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+()-]+)*")


@dataclass
class Package:
    """Something that is installed."""

    kind: str
    """`pypi`, `npm`, `deb` or `generic`, as in a package URL."""
    name: str
    version: str
    licence: str
    """An SPDX expression, or names of licences; empty: none was found."""
    is_spdx: bool = True
    space: str = ""
    """What stands before the name in a package URL, such as `debian`."""
    texts: list[str] = field(default_factory=list)

    @property
    def purl(self) -> str:
        """Return its package URL."""
        space = f"{self.space}/" if self.space else ""
        return f"pkg:{self.kind}/{space}{quote(self.name, safe='')}@{quote(self.version, safe='')}"

    def component(self) -> dict[str, Any]:
        """Return it as CycloneDX has it."""
        held: dict[str, Any] = {"type": "library", "bom-ref": self.purl, "name": self.name}
        held |= {"version": self.version, "purl": self.purl}
        if self.licence and not self.is_spdx:
            held["licenses"] = [{"license": {"name": self.licence}}]
        elif self.licence and IDENTIFIER.fullmatch(self.licence):
            held["licenses"] = [{"license": {"id": self.licence}}]
        elif self.licence:
            held["licenses"] = [{"expression": self.licence}]
        return held


def python() -> Package:
    """Return the interpreter."""
    texts = [path.read_text("utf-8", "replace") for path in Path(sys.prefix).glob("lib/python3*/LICENSE.txt")]
    version = ".".join(map(str, sys.version_info[:3]))
    return Package("generic", "python", version, "PSF-2.0", texts=texts)


def of_python() -> Iterator[Package]:
    """Yield the packages of Python."""
    for found in distributions():
        name = re.sub(r"[-_.]+", "-", found.name).lower()
        yield Package("pypi", name, found.version, licence_of(found), texts=list(texts_of(found)))


def licence_of(found: Distribution) -> str:
    """Return the SPDX expression of a package; empty if it tells none."""
    about = found.metadata
    for expression in about.get_all("License-Expression") or ():
        return str(expression)
    named: list[str] = list(about.get_all("License") or ())
    classifiers = about.get_all("Classifier") or ()
    named += [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::")]
    for name in named:
        name = name.strip()
        if name.lower() in SPDX:
            return SPDX[name.lower()]
        if len(name) < 80 and WORDS.fullmatch(name) and name.lower() not in ("", "unknown"):
            return name
    return ""


def texts_of(found: Distribution) -> Iterator[str]:
    """Yield the texts of a package's licence."""
    for path in found.files or ():
        if LICENCE_FILE.search(str(path)) and ".dist-info" in str(path):
            file = Path(str(found.locate_file(path)))
            if file.is_file():
                yield file.read_text("utf-8", "replace")


def of_npm() -> Iterator[Package]:
    """Yield the packages of npm that come with Tickcast's page."""
    found = find_spec("tickcast")
    for folder in (found and found.submodule_search_locations) or ():
        modules = Path(folder) / "web/node_modules"
        for file in sorted((*modules.glob("[!@.]*/package.json"), *modules.glob("@*/*/package.json"))):
            about = json.loads(file.read_text("utf-8"))
            space, _, name = about["name"].rpartition("/")
            beside = [each for each in file.parent.iterdir() if LICENCE_FILE.search(each.name)]
            yield Package(
                *("npm", name, about["version"], str(about.get("license") or "")),
                space=quote(space, safe=""),
                texts=[each.read_text("utf-8", "replace") for each in beside],
            )


def of_debian() -> Iterator[Package]:
    """Yield the packages of Debian."""
    if not DPKG.is_file():
        return
    system = dict(re.findall(r'^(ID)="?([^"\n]+)', OS_RELEASE.read_text("utf-8"), re.MULTILINE))
    for entry in DPKG.read_text("utf-8", "replace").split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|Status): (.*)$", entry, re.MULTILINE))
        if fields.get("Status") != "install ok installed":
            continue
        copyright_file = DOCS / fields["Package"] / "copyright"
        text = copyright_file.read_text("utf-8", "replace") if copyright_file.is_file() else ""
        names = dict.fromkeys(re.findall(r"^License: *(\S.*?)\s*$", text, re.MULTILINE))
        # Older files tell it in prose.
        licence = ", ".join(names) or ("as its copyright file says" if text else "")
        yield Package(
            *("deb", fields["Package"], fields["Version"], licence),
            is_spdx=False,
            space=system.get("ID", "debian"),
            texts=[text] if text else [],
        )


def document(packages: list[Package]) -> dict[str, Any]:
    """Return the bill of materials: the same for the same packages."""
    components = [each.component() for each in packages]
    serial = uuid5(NAMESPACE_URL, json.dumps(components, sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "tickcast", "version": version_of(packages)}},
        "components": components,
    }


def version_of(packages: list[Package]) -> str:
    """Return the version of Tickcast among packages."""
    return next((each.version for each in packages if each.purl.startswith("pkg:pypi/tickcast@")), "unknown")


def licences(packages: list[Package]) -> Iterator[str]:
    """Yield lines with the licence of each package and its text."""
    for each in packages:
        yield f"{'=' * 78}\n{each.purl}\n{each.licence or 'no licence found'}\n{'=' * 78}\n\n"
        yield from (f"{text.strip()}\n\n" for text in each.texts)


def main() -> int:
    """Print what is asked for; return the exit code."""
    found = {each.purl: each for each in (python(), *of_python(), *of_npm(), *of_debian())}
    packages = [found[purl] for purl in sorted(found)]
    if "--licences" in sys.argv[1:]:
        sys.stdout.writelines(licences(packages))
    else:
        sys.stdout.write(json.dumps(document(packages), indent=1) + "\n")
    unknown = [each.purl for each in packages if not each.licence]
    if unknown:
        sys.stderr.write(f"no licence found of {', '.join(unknown)}\n")
    return bool(unknown)


if __name__ == "__main__":
    sys.exit(main())

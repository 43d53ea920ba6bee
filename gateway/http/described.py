"""Writes the descriptions of the API into files, for programs that cannot ask a gateway: `make describe`."""

import sys
from pathlib import Path

import orjson

from tickcast.gateway.http.asyncapi import describe_async
from tickcast.gateway.http.openapi import describe
from tickcast.gateway.settings import GatewaySettings


def write(folder: Path) -> list[Path]:
    """Write openapi.json and asyncapi.json of a gateway as it is without settings; return their paths."""
    most = int(GatewaySettings.model_fields["max_symbols"].default)
    documents = {"openapi.json": describe(most), "asyncapi.json": describe_async(most)}
    for name, document in documents.items():
        (folder / name).write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    return [folder / name for name in documents]


if __name__ == "__main__":
    for path in write(Path(sys.argv[1])):
        sys.stdout.write(f"{path}\n")

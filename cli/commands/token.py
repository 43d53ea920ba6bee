"""`tickcast token`: makes tokens and keys, and revokes what was given to somebody."""

from pathlib import Path
from typing import Annotated

import typer

from tickcast.cli.options import AuthAudience, AuthIssuer, Feed, RedisPasswordFile, RedisUrl
from tickcast.runtime.errors import UserError

token = typer.Typer(help="Make tokens and keys, or revoke tokens.", rich_markup_mode=None)


@token.callback(invoke_without_command=True)
def _make(
    context: typer.Context,
    key: Annotated[Path | None, typer.Option(help="File with the private key, made by keygen.")] = None,
    subject: Annotated[str | None, typer.Option(help="Whom it is for (sub).")] = None,
    symbols: Annotated[str, typer.Option(help="Symbols that may be read, such as 'AAPL,B*'.")] = "",
    publish: Annotated[str, typer.Option(help="Symbols that may be handed in [default: none].")] = "",
    ttl: Annotated[str, typer.Option(help="How long it is good: 60s, 10m, 8h or 30d.")] = "1h",
    interval: Annotated[int, typer.Option(help="Least interval of its streams, ms.")] = 0,
    streams: Annotated[int, typer.Option(help="Streams at once, at most; 0: any number.")] = 0,
    delay: Annotated[float, typer.Option(help="Minutes by which its prices are late.")] = 0,
    operator: Annotated[bool, typer.Option("--operator", help="Let it see the operator's page.")] = False,
    auth_issuer: AuthIssuer = None,
    auth_audience: AuthAudience = None,
) -> None:
    """Print a token, signed with a key that gateways take (TICKCAST_AUTH_KEYS)."""
    if context.invoked_subcommand is not None:
        return
    if key is None or subject is None or not (symbols or publish or operator):
        raise UserError(
            "--key, --subject and --symbols are needed; tickcast token keygen --out FILE makes a key", 2
        )
    from tickcast.access.claims import ClaimsError
    from tickcast.access.errors import KeysError
    from tickcast.access.issuing import new_token
    from tickcast.access.settings import IssuerSettings
    from tickcast.cli.settings import load_settings

    # Gateways ask for these, so they come from the same settings.
    named = load_settings(IssuerSettings, {"auth_issuer": auth_issuer, "auth_audience": auth_audience})
    if not (named.auth_issuer and named.auth_audience):
        raise UserError("--auth-issuer and --auth-audience are needed, as gateways have them", 2)
    try:
        made = new_token(
            _read(key), named.auth_issuer, named.auth_audience, subject, _seconds(ttl),
            _entries(symbols), _entries(publish), interval=interval, streams=streams, delay=delay,
            operator=operator,
        )  # fmt: skip
    except KeysError as error:
        raise UserError(f"--key {key}: {error}", 2) from None
    except ClaimsError as error:
        raise UserError(str(error), 2) from None
    print(made)


@token.command()
def keygen(
    out: Annotated[Path, typer.Option(help="File for the private key; FILE.pub is for gateways.")],
    alg: Annotated[str, typer.Option(help="ES256, EdDSA, RS256 or HS256.")] = "ES256",
) -> None:
    """Make a key for tokens. FILE signs them; gateways take FILE.pub (TICKCAST_AUTH_KEYS), of HS256 FILE."""
    import json

    from tickcast.access.errors import KeysError
    from tickcast.access.issuing import new_key, public_part
    from tickcast.access.key_files import PUBLIC

    try:
        jwk = new_key(alg)
    except KeysError as error:
        raise UserError(f"--alg: {error}", 2) from None
    public = out.with_name(f"{out.name}{PUBLIC}")
    if alg == "HS256":
        # What signs also proves: a file that is called public would be given away.
        _refuse_existing(out)
        _write(out, json.dumps(jwk), 0o600)
        print(f"{out} signs tokens and proves them: a secret, for gateways too: TICKCAST_AUTH_KEYS={out}")
        return
    for path in (out, public):
        _refuse_existing(path)
    _write(out, json.dumps(jwk), 0o600)
    _write(public, json.dumps({"keys": [public_part(jwk)]}), 0o644)
    print(f"{out} signs tokens: keep it to yourself\n{public} is for gateways: TICKCAST_AUTH_KEYS={public}")


@token.command()
def revoke(
    subject: Annotated[str, typer.Argument(help="Whose tokens are worth nothing from now on.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let them be worth something again.")] = False,
    redis_url: RedisUrl = None,
    redis_password_file: RedisPasswordFile = None,
    feed: Feed = None,
) -> None:
    """Revoke the tokens of a subject. All issued up to now; its streams end on every gateway."""
    import asyncio

    from tickcast.cli.revoking import set_revoked
    from tickcast.cli.settings import load_settings
    from tickcast.runtime.redis.errors import LinkError
    from tickcast.runtime.settings import ProgramSettings

    given = {"redis_url": redis_url, "redis_password_file": redis_password_file, "feed": feed}
    settings = load_settings(ProgramSettings, given)
    try:
        count = asyncio.run(set_revoked(settings, subject, revoked=not undo))
    except LinkError as error:
        raise UserError(f"{error.reason} ({error}): {error.hint}") from None
    if undo:
        print(f"tokens of {subject} count again; {count} subjects are revoked")
    else:
        print(f"tokens of {subject} issued before now are revoked; {count} subjects are")


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise UserError(f"{path} exists; tokens of its key would be worth nothing without it", 2)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()[: 1024 * 1024]
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", 2) from None


def _write(path: Path, text: str, mode: int) -> None:
    try:
        path.touch(mode, exist_ok=False)
        path.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}", 2) from None


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _seconds(text: str) -> float:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
    number, unit = text[:-1], text[-1:]
    if not (number.isdigit() and len(number) <= 6 and unit in units and int(number)):
        raise UserError(f"--ttl: {text[:20]!r} will not do; it is a number and s, m, h or d, such as 8h", 2)
    return float(int(number) * units[unit])

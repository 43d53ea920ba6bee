"""The settings of grants, which gateways and publishers have in common."""

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickcast.access.errors import KeysError

if TYPE_CHECKING:
    from tickcast.access.authority import Authority


class IssuerSettings(BaseSettings):
    """Whose tokens count, and for whom they are."""

    model_config = SettingsConfigDict(
        env_prefix="TICKCAST_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    auth_issuer: str = Field(default="", max_length=512)
    """Issuer of the tokens (`iss`)."""
    auth_audience: str = Field(default="", max_length=512)
    """Audience of the tokens (`aud`)."""


class AccessSettings(IssuerSettings):
    """Who may read and hand in: without keys, everybody may."""

    auth_keys: str = ""
    """Keys that prove tokens: a file with a JWK set, a folder of them, or an https URL; empty: no tokens."""

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        named = [bool(self.auth_keys), bool(self.auth_issuer), bool(self.auth_audience)]
        if any(named) and not all(named):
            raise ValueError("auth_keys, auth_issuer and auth_audience go together: set all three, or none")
        if self.auth_keys:
            try:
                self.authority()
            except KeysError as error:
                raise ValueError(f"auth_keys: {error}") from None
            except ModuleNotFoundError as error:
                why = f"auth_keys needs {error.name}, not installed here: pip install 'tickcast[auth]'"
                raise ValueError(why) from None
        return self

    @property
    def requires_tokens(self) -> bool:
        """Tell whether somebody without a token is refused."""
        return bool(self.auth_keys)

    def authority(self) -> "Authority | None":
        """Return what proves tokens, its keys not yet read; None: everybody may do everything."""
        if not self.auth_keys:
            return None
        # Only here: who needs no tokens needs no packages for them.
        from tickcast.access.authority import Authority
        from tickcast.access.key_files import source_of
        from tickcast.access.keyring import Keyring
        from tickcast.access.tokens import Verifier

        return Authority(Keyring(source_of(self.auth_keys)), Verifier(self.auth_issuer, self.auth_audience))

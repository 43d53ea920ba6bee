"""How an operator's program asks a gateway how its request came there, through whatever lies between."""

ASKS = "x-tickcast-doctor"
"""Field of a request that asks for it."""

SEEN = "x-tickcast-seen"
"""Field of the answer, such as `http=1.1; forwarded=trusted`.

`http` is the version of HTTP of the request. `forwarded` says what became of `X-Forwarded-For`: `none`, there
was none; `trusted`, it came from a trusted proxy; `ignored`, it did not.
"""

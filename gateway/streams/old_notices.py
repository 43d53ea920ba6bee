"""Old notices: what was said of symbols is forgotten once no stream of the feed can lack it any more."""

from itertools import chain

from tickcast.gateway.fanout.member import State
from tickcast.gateway.streams.lifecycle import Lifecycle


def forget_notices(streams: Lifecycle) -> None:
    """Forget what no stream of a feed can lack any more; call it now and then.

    A stream that would lack what had to be forgotten is cut: its client is reset when it comes back.
    """
    hub = streams.hub
    if not hub.notices.outlast_ring:
        return
    # One that waits to hear whether its epoch is known stands at 0, and will be resumed or reset.
    own = streams.registry.of(streams)
    apart = [each for each in own if each.number and each.state is not State.LIVE]
    turns = (each.number for each in hub.groups.values() if each.conflates and each.members)
    hub.notices.forget(min(chain((each.number for each in apart), turns), default=hub.ring.number))
    for subscriber in apart:
        if subscriber.number < hub.notices.floor:
            subscriber.abort()
            subscriber.lost()

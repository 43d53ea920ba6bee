"""The bytes of streams, against a plain sum over all that there is."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tickcast.gateway.limits.stream_bytes import SHARE, STREAM, Account, StreamBytes


class Held:
    """Something shared."""

    def __init__(self) -> None:
        self.charged = 0
        self.payers: dict[Account, int] = {}


class Streams(RuleBasedStateMachine):
    """Streams come, go, move and hold; the model is the list of them."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = StreamBytes(1 << 20)
        self.shared = [Held() for _ in range(3)]
        self.streams: list[list] = []

    @rule(group=st.integers(0, 2), address=st.sampled_from("abc"))
    def enter(self, group: int, address: str) -> None:
        account = self.bytes.account(address)
        self.bytes.enter(account, self.shared[group])
        self.streams.append([account, self.shared[group], 0])

    @precondition(lambda self: self.streams)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        account, shared, held = self.streams.pop(data.draw(st.integers(0, len(self.streams) - 1)))
        self.bytes.hold(account, held, 0)
        self.bytes.leave(account, shared)

    @precondition(lambda self: self.streams)
    @rule(data=st.data(), group=st.integers(0, 2), held=st.integers(0, 5000))
    def change(self, data: st.DataObject, group: int, held: int) -> None:
        stream = data.draw(st.sampled_from(self.streams))
        self.bytes.move(stream[0], stream[1], self.shared[group])
        self.bytes.hold(stream[0], stream[2], held)
        stream[1:] = self.shared[group], held

    @rule(group=st.integers(0, 2), size=st.integers(0, 100_000))
    def price(self, group: int, size: int) -> None:
        self.bytes.price(self.shared[group], size)

    @invariant()
    def the_sums_are_right(self) -> None:
        own = sum(STREAM + held for *_, held in self.streams)
        assert self.bytes.used == own + sum(shared.charged for shared in self.shared)
        accounts = {account for account, *_ in self.streams}
        assert len(self.bytes) == len(accounts)
        for account in accounts:
            mine = [each for each in self.streams if each[0] is account]
            groups = {id(shared): shared.charged for _, shared, _ in mine}
            assert account.used == sum(STREAM + held for *_, held in mine) + sum(groups.values())
            assert self.bytes.account(account.address) is account


TestStreams = Streams.TestCase


@given(st.integers(0, 1 << 20))
def test_an_address_may_hold_a_quarter_and_all_together_the_whole(more: int) -> None:
    held = StreamBytes(1 << 20)
    account = held.account("a")
    assert held.has_share(account, more) == (more <= (1 << 20) // SHARE)
    assert held.has_room(more)
    held.hold(account, 0, more)
    assert held.is_over(account) == (more > (1 << 20) // SHARE)

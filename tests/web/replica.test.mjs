import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Replica } from "../../web/tickcast/replica.js";
import { HELLO, bar, looksOf, tick } from "./fakes.mjs";

/** ms since the epoch */
const NOW = 1_700_000_000_000;

let told;
let replica;

beforeEach(() => {
  told = [];
  replica = make(told);
});

function make(list) {
  return new Replica({
    onTick: ({ S, q }, update) => list.push(`${update ? "tick" : "snapshot"} ${S}${q}`),
    onBar: ({ S, t }) => list.push(`bar ${S}${t}`),
    onForget: (symbol) => list.push(`forget ${symbol}`),
    onHole: (symbols) => list.push(`hole ${symbols}`),
    onGap: (reason) => list.push(`gap ${reason}`),
    onEpoch: () => list.push("epoch"),
    onRetired: (symbols, reason) => list.push(`retired ${symbols} ${reason}`),
    onSymbolState: ({ S, state }) => list.push(`${S} is ${state}`),
    onState: () => {},
  });
}

function take(name, data, id = "", to = replica) {
  to.take(name, JSON.stringify(data), id);
}

const opening = (symbols, resumes = false, wanted = symbols) =>
  take("opening", { symbols, interval: 0, bars: [], resumes, wanted, planned: false });

function open(symbols = ["A", "B"]) {
  opening(symbols);
  take("hello", HELLO);
  take("snapshot", [tick("A", 1), tick("B", 1)], "c1");
}

/** What the listener heard since the last call. */
const news = () => told.splice(0);

test("an older tick never replaces a newer one, but a snapshot may", () => {
  open();
  take("ticks", [tick("A", 2), tick("A", 2), tick("A", 1)]);
  assert.deepEqual(news(), ["snapshot A1", "snapshot B1", "tick A2"]);
  take("gap", { reason: "feed" });
  take("snapshot", [{ ...tick("A", 1), p: 9 }]);
  assert.equal(replica.ticks.get("A").p, 9);
});

test("a hole in q is reported at interval 0 only", () => {
  open();
  take("ticks", [tick("A", 2), tick("A", 5), tick("B", 2)]);
  assert.equal(news().at(-1), "hole A");
  take("hello", { ...HELLO, interval: 250 });
  take("ticks", [tick("A", 9)]);
  assert.deepEqual(news(), ["tick A9"]);
});

test("after a loss a snapshot confirms unchanged ticks too, so that a quiet symbol is not called old", () => {
  open();
  take("ticks", [tick("A", 2)]);
  news();
  take("snapshot", [tick("B", 1)]);
  assert.deepEqual(news(), []);
  take("gap", { reason: "feed" });
  take("snapshot", [tick("A", 2), tick("B", 1)]);
  assert.deepEqual(news(), ["gap feed", "snapshot A2", "snapshot B1"]);
});

test("it is whole once the snapshot after a loss has come, also for symbols that have not moved", () => {
  const seen = [];
  const note = () => seen.push(replica.whole);
  opening(["A", "B"]);
  take("hello", HELLO);
  take("snapshot", [tick("A", 1)], "");
  note();
  take("snapshot", [tick("B", 1)], "c1");
  note();
  take("gap", { reason: "feed" });
  note();
  take("snapshot", [tick("A", 5)], "c2");
  note();
  // If nothing has moved, the cursor may be the same.
  take("gap", { reason: "feed" });
  take("snapshot", [], "c2");
  note();
  take("heartbeat", { t: 1, feed: "live", age: 0 });
  note();
  assert.deepEqual(seen, [false, true, false, true, false, true]);
});

test("a copy made between a gap and its snapshot is not whole before the snapshot", () => {
  open();
  take("gap", { reason: "feed" });
  const copy = make([]);
  copy.load(structuredClone(replica.dump()));
  assert.equal(copy.whole, false);
  take("snapshot", [tick("A", 5)], "c2", copy);
  assert.equal(copy.whole, true);
});

test("a snapshot that is further on is a hole, unless a loss was announced", () => {
  open();
  take("ticks", [tick("A", 2)]);
  news();
  take("snapshot", [tick("A", 4)]);
  assert.deepEqual(news(), ["snapshot A4", "hole A"]);
  take("gap", { reason: "slow" });
  take("snapshot", [tick("A", 9)]);
  take("ticks", [tick("A", 10)]);
  assert.deepEqual(news(), ["gap slow", "snapshot A9", "tick A10"]);
  take("hello", { ...HELLO, resumed: "reset" });
  take("snapshot", [tick("A", 20), tick("B", 20)]);
  assert.deepEqual(news(), ["gap reset", "snapshot A20", "snapshot B20"]);
});

const [OLD, NEW] = ["0a0a0a0a0a0a", "0b0b0b0b0b0b"];

/** Open a stream of A and B in the epoch OLD, with A at 413. */
function openAt413() {
  opening(["A", "B"]);
  take("hello", { ...HELLO, epoch: OLD });
  take("snapshot", [tick("A", 413), tick("B", 20)], "c1");
  news();
}

const sequences = (of = replica) => [...of.ticks.values()].map(({ S, q }) => S + q);

test("ticks of a feed that has lost its data and its publisher replace those held though q begins at 1", () => {
  openAt413();
  take("gap", { reason: "feed", epoch: NEW });
  take("snapshot", [], "c2");
  assert.deepEqual(news(), ["epoch", "gap feed", "forget A", "forget B"]);
  assert.deepEqual([sequences(), replica.state.epoch, replica.whole], [[], NEW, true]);
  take("ticks", [tick("A", 1), tick("A", 2)], "c3");
  assert.deepEqual(news(), ["tick A1", "tick A2"]);
});

test("ticks are ordered by epoch, then q, also while the snapshot of the new epoch is on its way", () => {
  openAt413();
  take("gap", { reason: "feed", epoch: NEW });
  assert.deepEqual(sequences(), ["A413", "B20"]);
  take("snapshot", [tick("A", 3)]);
  take("snapshot", [tick("C", 1)], "c2");
  take("ticks", [tick("A", 2), tick("A", 4)], "c3");
  assert.deepEqual(news(), ["epoch", "gap feed", "snapshot A3", "snapshot C1", "forget B", "tick A4"]);
  assert.deepEqual(sequences(), ["A4", "C1"]);
});

test("a reset that brings another epoch is the same", () => {
  openAt413();
  opening(["A", "B"], true);
  take("hello", { ...HELLO, resumed: "reset", epoch: NEW });
  take("snapshot", [tick("A", 1)], "c2");
  take("ticks", [tick("A", 2)], "c3");
  assert.deepEqual(sequences(), ["A2"]);
});

test("a stream opened without a cursor believes its own gateway, whatever is held", () => {
  openAt413();
  opening(["A", "B"]);
  take("hello", { ...HELLO, epoch: NEW });
  take("snapshot", [tick("A", 1)], "c2");
  take("ticks", [tick("A", 2)], "c3");
  assert.deepEqual([sequences(), replica.state.epoch], [["A2"], NEW]);
});

test("within an epoch the snapshot after a gap brings only what is newer, and keeps what it does not name", () => {
  openAt413();
  take("gap", { reason: "slow", epoch: OLD });
  take("snapshot", [tick("A", 400)], "c2");
  assert.deepEqual(sequences(), ["A413", "B20"]);
  take("ticks", [tick("A", 413), tick("A", 414)], "c3");
  assert.deepEqual(news(), ["gap slow", "tick A414"]);
});

test("after a loss of the feed within an epoch q may have gone back, in the snapshot and in ticks", () => {
  openAt413();
  take("gap", { reason: "feed", epoch: OLD });
  take("snapshot", [tick("A", 400)], "c2");
  take("ticks", [tick("A", 401), tick("B", 19)], "c3");
  assert.deepEqual(sequences(), ["A401", "B19"]);
  assert.deepEqual(news(), ["gap feed", "snapshot A400", "tick A401", "tick B19"]);
});

test("of a gateway that names no epoch, any gap frees what was held", () => {
  open();
  take("ticks", [tick("A", 413)]);
  for (const reason of ["slow", "feed"]) {
    take("gap", { reason });
    take("snapshot", [], "c2");
    take("ticks", [tick("A", 1)], "c3");
    assert.deepEqual(sequences(), ["A1", "B1"]);
    take("ticks", [tick("A", 413)]);
  }
});

test("bars that a stream brought before it was reset are forgotten", () => {
  openAt413();
  take("bars", { bars: ["1m"] });
  take("bar", bar("A", 60, 400));
  take("hello", { ...HELLO, resumed: "reset", epoch: OLD });
  assert.deepEqual(replica.bars.all, []);
});

test("bars of an epoch that has ended are forgotten", () => {
  openAt413();
  take("bars", { bars: ["1m"] });
  take("bar", bar("A", 60, 400));
  take("gap", { reason: "feed", epoch: NEW });
  assert.deepEqual(replica.bars.all, []);
  take("snapshot", [tick("A", 1)]);
  take("bar", bar("A", 60, 1), "c2");
  assert.deepEqual(replica.bars.all.map(({ q }) => q), [1]);
});

test("a copy made between the gap and its snapshot goes over to the new epoch like the original", () => {
  openAt413();
  take("gap", { reason: "feed", epoch: NEW });
  const copy = make([]);
  copy.load(structuredClone(replica.dump()));
  take("snapshot", [tick("A", 1)], "c2", copy);
  take("ticks", [tick("A", 2)], "c3", copy);
  assert.deepEqual([sequences(copy), copy.state.epoch], [["A2"], NEW]);
});

test("a replica that missed the change of epochs takes a copy whose q are smaller, and reports the gap", () => {
  const [behind, list] = [replica, told];
  openAt413();
  take("bar", bar("A", 60, 400));
  list.length = 0;
  replica = make([]);
  opening(["A", "B"]);
  take("hello", { ...HELLO, epoch: NEW });
  take("snapshot", [tick("A", 3)], "c9");
  behind.load(structuredClone(replica.dump()));
  assert.deepEqual(list, ["forget B", "epoch", "gap feed", "snapshot A3"]);
  assert.deepEqual([sequences(behind), behind.bars.all], [["A3"], []]);
});

test("a copy may be behind what is held in the same epoch: the leader has seen the feed go back", () => {
  openAt413();
  const copy = make([]);
  copy.load(structuredClone(replica.dump()));
  take("ticks", [tick("A", 414)], "c2", copy);
  take("gap", { reason: "feed", epoch: OLD });
  take("snapshot", [tick("A", 400)], "c3");
  copy.load(structuredClone(replica.dump()));
  take("ticks", [tick("A", 401)], "c4", copy);
  assert.deepEqual(sequences(copy), ["A401", "B20"]);
});

test("a symbol that is unknown to a feed that started over is forgotten", () => {
  open();
  take("ticks", [tick("A", 2)]);
  take("hello", { ...HELLO, resumed: "reset" });
  take("snapshot", [tick("B", 1)]);
  news();
  take("heartbeat", { t: 1, feed: "live", age: 0 });
  assert.deepEqual(news(), ["forget A"]);
  assert.deepEqual([...replica.ticks.keys()], ["B"]);
});

test("the cursor is the last one taken in, and is discarded when a stream starts over", () => {
  open();
  take("ticks", [tick("A", 2)], "c2");
  take("status", { feed: "live", age: 0 });
  assert.equal(replica.cursor, "c2");
  opening(["A"], true);
  assert.equal(replica.cursor, "c2");
  opening(["A"]);
  assert.equal(replica.cursor, "");
});

test("after a reconnection, ticks of symbols to be added later are kept, those of unwanted ones are not", () => {
  open();
  take("ticks", [tick("A", 2)], "c2");
  opening(["A"], true, ["A", "B"]);
  assert.equal(replica.ticks.has("B"), true);
  opening(["A"], true, ["A"]);
  assert.equal(replica.ticks.has("B"), false);
});

test("a change of the running stream forgets dropped symbols", () => {
  open();
  take("ticks", [tick("A", 2)]);
  take("symbols", { symbols: 2, added: ["C"], dropped: ["A"] });
  take("snapshot", [tick("C", 7)]);
  take("ticks", [tick("C", 8)]);
  assert.deepEqual([...replica.ticks.keys()], ["B", "C"]);
  assert.deepEqual(replica.coverage.symbols, ["B", "C"]);
  assert.deepEqual(told.filter((each) => each.startsWith("hole")), []);
});

test("bars that are no longer subscribed to are not held", () => {
  open();
  take("bars", { bars: ["1m"], barsOf: ["A", "B"] });
  take("bar", bar("A", 60, 1));
  take("bar", bar("B", 60, 1));
  take("bars", { bars: ["1m"], barsOf: ["B"] });
  assert.deepEqual(replica.bars.all.map(({ S, i }) => `${S} ${i}`), ["B 1m"]);
});

test("a change of bar intervals keeps the bars of symbols added since the stream was opened", () => {
  open();
  take("bars", { bars: ["1m"] });
  take("symbols", { symbols: 3, added: ["C"], dropped: ["A"] });
  for (const S of ["A", "B", "C"]) take("bar", bar(S, 60, 1));
  take("bars", { bars: ["1m", "1s"] });
  assert.deepEqual(replica.bars.all.map(({ S }) => S), ["B", "C"]);
});

test("a stale feed is reported with its reason and since when, until it is live", ({ mock }) => {
  mock.timers.enable({ apis: ["Date"], now: NOW });
  open();
  // The feed was quiet for ten minutes before it lost its publisher: these are the age of its ticks.
  take("status", { feed: "stale", age: 603_000, reason: "no heartbeat from the publisher" });
  assert.equal(replica.state.quietSince, NOW);
  mock.timers.setTime(NOW + 5_000);
  take("heartbeat", { t: 1, feed: "stale", age: 608_000 });
  assert.equal(replica.state.reason, "no heartbeat from the publisher");
  take("status", { feed: "stale", age: 608_000, reason: "no connection to Redis" });
  assert.equal(replica.state.reason, "no connection to Redis");
  take("hello", { ...HELLO, feed: "stale", resumed: "replayed", replayed: 0 });
  assert.equal(replica.state.quietSince, NOW);
  take("status", { feed: "live", age: 10 });
  assert.deepEqual([replica.state.feed, replica.state.reason, replica.state.quietSince], ["live", "", 0]);
  take("heartbeat", { t: 1, feed: "stale", age: 20 });
  assert.equal(replica.state.quietSince, NOW + 5_000);
});

test("a feed whose ticks have no age known is stale since it was heard", ({ mock }) => {
  mock.timers.enable({ apis: ["Date"], now: NOW });
  open();
  take("status", { feed: "stale", age: null, reason: "no heartbeat from the publisher" });
  assert.deepEqual([replica.state.feed, replica.state.quietSince], ["stale", NOW]);
});

test("reconnections are counted, and a bye has its reason", () => {
  open();
  take("bye", { reason: "drain", retry: 5 });
  assert.equal(replica.state.reason, "drain");
  take("hello", HELLO);
  assert.deepEqual([replica.state.reconnects, replica.state.reason], [1, ""]);
});

test("it is open once everything that hello promised has come: every snapshot, or every replayed event", () => {
  const link = () => replica.state.link;
  opening(["A", "B"]);
  take("hello", HELLO);
  take("snapshot", [tick("A", 1)]);
  assert.equal(link(), "connecting");
  take("snapshot", [tick("B", 1)], "c1");
  assert.equal(link(), "open");

  const closed = JSON.stringify({ link: "waiting" });
  replica.take("shared", closed, "");
  opening(["A", "B"], true);
  take("hello", { ...HELLO, resumed: "replayed", replayed: 3 });
  take("ticks", [tick("A", 2), tick("B", 2)], "c2");
  assert.equal(link(), "waiting");
  take("bar", bar("A", 60, 1), "c3");
  assert.equal(link(), "open");

  replica.take("shared", closed, "");
  opening(["A", "B"], true);
  take("hello", { ...HELLO, resumed: "reset" });
  assert.equal(link(), "waiting");
  take("snapshot", [tick("A", 9)], "c9");
  assert.deepEqual([link(), [...replica.ticks.keys()]], ["open", ["A"]]);

  replica.take("shared", closed, "");
  opening(["A"], true);
  take("hello", HELLO);
  assert.equal(link(), "open");
});

test("a stale feed is never called live, not even before its status comes", () => {
  opening(["A"]);
  take("hello", { ...HELLO, feed: "stale" });
  assert.equal(replica.state.feed, "stale");
});

test("a copy made before everything has come waits for the rest", () => {
  opening(["A", "B"], true);
  take("hello", { ...HELLO, resumed: "replayed", replayed: 2 });
  take("ticks", [tick("A", 2)], "c2");
  const copy = make([]);
  copy.load(structuredClone(replica.dump()));
  assert.equal(copy.state.link, "connecting");
  take("ticks", [tick("B", 2)], "c3", copy);
  assert.equal(copy.state.link, "open");
});

test("a copy continues like the original", () => {
  open();
  take("bar", bar("A", 60, 1));
  take("ticks", [tick("A", 2)], "c2");
  const list = [];
  const copy = make(list);
  copy.load(structuredClone(replica.dump()));
  assert.deepEqual(list, ["snapshot A2", "snapshot B1", "bar A60"]);
  take("ticks", [tick("A", 3)], "c3", copy);
  assert.deepEqual([copy.cursor, copy.state.gateway, copy.coverage.symbols], ["c3", "gw-1", ["A", "B"]]);
  assert.equal(list.at(-1), "tick A3");
});

test("a copy loaded over an older state reports what changed, what is gone, and that ticks are missing", () => {
  open();
  take("ticks", [tick("A", 2)]);
  const list = [];
  const late = make(list);
  for (const [name, data] of [["hello", HELLO], ["ticks", [tick("A", 1), tick("X", 1)]]]) take(name, data, "", late);
  list.length = 0;
  late.load(structuredClone(replica.dump()));
  assert.deepEqual(list, ["forget X", "snapshot A2", "snapshot B1", "hole A"]);
});

test("a retired symbol is forgotten with its bars and state, and counts from 1 when it returns", () => {
  open();
  take("bar", bar("A", 60, 1), "c2");
  take("state", { S: "A", state: "halted", since: 5 });
  news();
  take("retired", { S: ["A"], reason: "operator" }, "c3");
  assert.deepEqual(news(), ["forget A", "retired A operator"]);
  assert.deepEqual([[...replica.ticks.keys()], replica.bars.all, replica.symbolStates.size], [["B"], [], 0]);
  take("tick", tick("A", 1), "c4");
  assert.deepEqual(news(), ["tick A1"]);
  assert.equal(replica.cursor, "c4");
});

test("a retired event between a gap and its snapshot does not end the snapshot", () => {
  open();
  take("gap", { reason: "slow" });
  take("retired", { S: ["A"], reason: "idle" });
  assert.equal(replica.whole, false);
  take("snapshot", [tick("B", 3)], "c5");
  assert.deepEqual([replica.whole, [...replica.ticks.keys()]], [true, ["B"]]);
});

test("states follow the snapshot, which ends with the cursor, and are copied to other tabs", () => {
  opening(["A", "B"]);
  take("hello", HELLO);
  take("snapshot", [tick("A", 1), tick("B", 1)]);
  take("state", { S: "A", state: "halted", since: 5 });
  assert.equal(replica.state.link, "connecting");
  take("state", { S: "B", state: "closed", since: 6 }, "c1");
  assert.equal(replica.state.link, "open");
  const other = make([]);
  other.load(JSON.parse(JSON.stringify(replica.dump())));
  assert.deepEqual([...other.symbolStates.keys()], ["A", "B"]);
  take("state", { S: "A", state: "live", since: 7 }, "c2");
  assert.deepEqual([...replica.symbolStates.keys()], ["B"]);
  // A stream that does not resume brings again which are not live.
  opening(["A", "B"]);
  take("hello", HELLO);
  take("snapshot", [tick("A", 2), tick("B", 1)], "c3");
  assert.equal(replica.symbolStates.size, 0);
});

test("retired and state count among what is replayed", () => {
  open();
  replica.take("shared", JSON.stringify({ link: "waiting" }), "");
  opening(["A", "B"], true);
  take("hello", { ...HELLO, resumed: "replayed", replayed: 3 });
  take("retired", { S: ["A"], reason: "idle" }, "c2");
  take("state", { S: "B", state: "halted", since: 5 }, "c3");
  assert.equal(replica.state.link, "waiting");
  take("tick", tick("B", 2), "c4");
  assert.equal(replica.state.link, "open");
});

test("symbols that leave cost in proportion to their number, not to all that are held", () => {
  const names = Array.from({ length: 20_000 }, (_, at) => `S${at}`);
  opening(["*"]);
  take("hello", HELLO);
  take("snapshot", names.map((S) => tick(S, 1)), "c1");
  take("bars", { bars: ["1m"] });
  for (const S of names) take("bar", bar(S, 60, 1));
  for (const S of names.slice(0, 3_000)) take("state", { S, state: "halted", since: 5 });
  news();
  const together = names.slice(0, 2_000);
  const looks = looksOf(() => take("retired", { S: together, reason: "source" }, "c2"));
  assert.ok(looks < 10 * together.length, `${looks} looks`);
  assert.deepEqual(news().length, together.length + 1);
  const alone = looksOf(() => {
    for (const S of names.slice(2_000, 2_200)) take("retired", { S: [S], reason: "source" });
  });
  assert.ok(alone < 2_000, `${alone} looks`);
  assert.deepEqual([replica.ticks.size, replica.bars.all.length, replica.symbolStates.size], [17_800, 17_800, 800]);
});

test("every change of a state is told: after a reset, and by a copy", () => {
  openAt413();
  for (const [S, state] of [["A", "halted"], ["B", "closed"]]) take("state", { S, state, since: 5 });
  assert.deepEqual(news(), ["A is halted", "B is closed"]);
  const copy = replica.dump();
  opening(["A", "B"], true);
  take("hello", { ...HELLO, resumed: "reset", epoch: OLD });
  take("snapshot", [tick("A", 413), tick("B", 20)]);
  take("state", { S: "B", state: "closed", since: 5 }, "c9");
  assert.deepEqual(news().filter((each) => each.includes(" is ")), ["A is live"]);
  assert.deepEqual([...replica.symbolStates.keys()], ["B"]);
  replica.load(structuredClone(copy));
  assert.deepEqual(news().filter((each) => each.includes(" is ")), ["A is halted"]);
  // The feed has started over, and knows nothing of a state.
  take("gap", { reason: "feed", epoch: NEW });
  take("snapshot", [tick("A", 1)], "c10");
  assert.deepEqual(news().filter((each) => each.includes(" is ")).sort(), ["A is live", "B is live"]);
});

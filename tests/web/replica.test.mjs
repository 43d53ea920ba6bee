import assert from "node:assert/strict";
import { test } from "node:test";

import { HELLO, bar, tick } from "./fakes.mjs";
import { make, news, open, opening, replica, take, told } from "./replicas.mjs";

/** ms since the epoch */
const NOW = 1_700_000_000_000;

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

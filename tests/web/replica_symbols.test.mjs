import assert from "node:assert/strict";
import { test } from "node:test";

import { HELLO, bar, looksOf, tick } from "./fakes.mjs";
import { NEW, OLD, openAt413, make, news, open, opening, replica, take } from "./replicas.mjs";

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

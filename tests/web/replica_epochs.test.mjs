import assert from "node:assert/strict";
import { test } from "node:test";

import { HELLO, bar, tick } from "./fakes.mjs";
import {
  NEW, OLD, openAt413, sequences, make, news, open, opening, replica, take, told, use,
} from "./replicas.mjs";

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
  use(make([]));
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

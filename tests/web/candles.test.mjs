import assert from "node:assert/strict";
import { test } from "node:test";

import { Candles } from "../../web/page/candles.js";

const bar = (t, q, c = q) => ({ S: "A", i: "1s", t, o: 1, h: 1, l: 1, c, n: 1, q });

test("the newest bar is replaced by one with more ticks, and never by one with fewer", () => {
  const candles = new Candles();
  assert.deepEqual([[10, 1], [10, 3], [10, 2], [20, 4]].map(([t, q]) => candles.add(bar(t, q))), [
    "last", "last", "nothing", "last",
  ]);
  assert.deepEqual(candles.bars.map(({ t, q }) => [t, q]), [[10, 3], [20, 4]]);
});

test("the bars since a time are those that began then or later", () => {
  const candles = new Candles();
  [bar(10, 1), bar(20, 2), bar(30, 3)].forEach((each) => candles.add(each));
  const since = (t) => candles.since(t).map((each) => each.t);
  assert.deepEqual([since(20), since(21), since(0), since(31)], [[20, 30], [30], [10, 20, 30], []]);
});

test("after a loss of the feed the next state of a bar replaces it though q has gone back", () => {
  const candles = new Candles();
  [bar(10, 1), bar(20, 400)].forEach((each) => candles.add(each));
  candles.free();
  assert.deepEqual([[20, 3], [20, 2], [20, 4]].map(([t, q]) => candles.add(bar(t, q))), ["last", "nothing", "last"]);
  assert.equal(candles.last.q, 4);
});

test("history and the bars that came live meanwhile become one list", () => {
  const candles = new Candles();
  candles.add(bar(30, 9));
  candles.add(bar(40, 12));
  candles.merge([bar(10, 2), bar(20, 5), bar(30, 7)]);
  assert.deepEqual(candles.bars.map(({ t, q }) => [t, q]), [[10, 2], [20, 5], [30, 9], [40, 12]]);
});

test("a bar that was missing is put in its place", () => {
  const candles = new Candles();
  [bar(10, 1), bar(30, 3)].forEach((each) => candles.add(each));
  assert.equal(candles.add(bar(20, 2)), "all");
  assert.deepEqual(candles.bars.map(({ t }) => t), [10, 20, 30]);
});

test("after a clock was set back the chart continues from there, as the gateways do", () => {
  const candles = new Candles();
  [bar(10, 1), bar(20, 2), bar(30, 3)].forEach((each) => candles.add(each));
  assert.deepEqual([[20, 4], [20, 5], [30, 6]].map(([t, q]) => candles.add(bar(t, q))), ["all", "last", "last"]);
  assert.deepEqual(candles.bars.map(({ t, q }) => [t, q]), [[10, 1], [20, 5], [30, 6]]);
});

test("history removes bars that it does not have, unless they came while it was read", () => {
  const candles = new Candles();
  // The same feed, and one that has started over and counts from 1.
  for (const [history, fresh] of [[bar(30, 50), bar(40, 51)], [bar(30, 1), bar(40, 2)]]) {
    [bar(10, 2), bar(80, 30), bar(90, 31)].forEach((each) => candles.add(each));
    const { came } = candles;
    candles.add(fresh);
    candles.merge([bar(20, history.q - 1), history], came);
    assert.deepEqual(candles.bars.map(({ t, q }) => [t, q]), [[10, 2], [20, history.q - 1], [30, history.q], [40, fresh.q]]);
    candles.bars = [];
  }
});

test("its digits are those of the longest price so far", () => {
  const candles = new Candles();
  candles.merge([bar(10, 1, 190.5), bar(20, 2, 190)]);
  assert.equal(candles.digits, 1);
  candles.add(bar(30, 3, 189.125));
  candles.add(bar(40, 4, 190));
  assert.equal(candles.digits, 3);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { BarQueue } from "../../web/tickcast/bar_queue.js";
import { bar, looksOf } from "./fakes.mjs";

test("bars are taken once, in order, each in its last state", () => {
  const queue = new BarQueue();
  [bar("A", 60, 1), bar("B", 60, 1), bar("A", 60, 2), bar("A", 120, 1)].forEach((each) => queue.add(each));
  assert.deepEqual(queue.take().map(({ S, t, n }) => `${S}${t}:${n}`), ["B60:1", "A60:2", "A120:1"]);
  assert.deepEqual(queue.take(), []);
});

test("a queue that is not emptied is bounded, and reports until it is emptied that bars were lost", () => {
  const queue = new BarQueue();
  for (let t = 0; t < 5_000; t += 1) queue.add(bar("A", t, 1));
  assert.equal(queue.overflowed, false);
  queue.add(bar("A", 5_000, 1));
  assert.equal(queue.overflowed, true);
  const bars = queue.take();
  assert.deepEqual([bars.length, bars[0].t, queue.overflowed], [5_000, 1, false]);
});

test("the bars of a symbol are forgotten without a look at all others", () => {
  const queue = new BarQueue();
  const names = Array.from({ length: 1_000 }, (_, at) => `S${at}`);
  for (const t of [60, 120]) for (const S of names) queue.add(bar(S, t, 1));
  const looks = looksOf(() => names.slice(0, 500).forEach((S) => queue.forget(S)));
  assert.ok(looks <= 2 * 500, `${looks} looks`);
  assert.equal(queue.take().length, 1_000);
  queue.add(bar("S0", 180, 1));
  assert.equal(queue.take().length, 1);
});

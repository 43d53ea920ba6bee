import assert from "node:assert/strict";
import { test } from "node:test";

import { formingCandle } from "../../web/page/forming_candle.js";

const MINUTE = 60e6;
const bar = { S: "A", i: "1m", t: 10 * MINUTE, o: 5, h: 8, l: 4, c: 6, v: 100, n: 3, q: 7 };
const tick = (q, t, p) => ({ S: "A", q, t, p });

test("a later tick of the same minute moves the close, and the high and low that it passes", () => {
  assert.deepEqual(formingCandle(bar, tick(8, bar.t + 1, 9)), { ...bar, h: 9, c: 9 });
  assert.deepEqual(formingCandle(bar, tick(8, bar.t + MINUTE - 1, 3)), { ...bar, l: 3, c: 3 });
});

test("a bar that is ahead of the tick shown closes at that tick, and keeps its high and low", () => {
  assert.deepEqual(formingCandle(bar, tick(5, bar.t + 1, 5)), { ...bar, c: 5 });
});

test("a tick of a later minute begins a candle of its own, whose volume is not known", () => {
  const begun = formingCandle(bar, tick(8, bar.t + 3 * MINUTE + 5, 9));
  assert.deepEqual(begun, { S: "A", i: "1m", t: bar.t + 3 * MINUTE, o: 9, h: 9, l: 9, c: 9, n: 1, q: 8 });
});

test("a day is never begun by a tick: when it ends depends on the instrument", () => {
  const day = { ...bar, i: "1d" };
  assert.deepEqual(formingCandle(day, tick(8, bar.t + 2000 * MINUTE, 9)), { ...day, h: 9, c: 9 });
});

test("a tick from before the bar leaves it as it is: by its time, or by its number after a clock was set back", () => {
  assert.equal(formingCandle(bar, tick(4, bar.t - 1, 5)), bar);
  assert.equal(formingCandle(bar, tick(4, bar.t + 9 * MINUTE, 5)), bar);
  assert.equal(formingCandle(bar), bar);
});

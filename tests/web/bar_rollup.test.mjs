import assert from "node:assert/strict";
import { test } from "node:test";

import { BarRollup, followed } from "../../web/page/bar_rollup.js";

const MINUTE = 60_000_000;

/** A bar of the ticks after `from` up to `q`; each tick trades 1 and has its own number as its price. */
const bar = (i, minutes, from, q, more = {}) => ({
  ...{ S: "A", i, t: minutes * MINUTE, o: from + 1, h: q, l: from + 1, c: q, v: q - from, n: q - from, q },
  ...more,
});
const minute = (minutes, from, q, more) => bar("1m", minutes, from, q, more);

/** A rollup of five minutes that has begun. */
function begun(newest, ...heard) {
  const rollup = new BarRollup("5m");
  for (const each of heard) rollup.add(each);
  rollup.begin(newest);
  return rollup;
}

test("the stream brings minutes for every interval but seconds, and days too for days", () => {
  assert.deepEqual(["1s", "1m", "5m", "15m", "1h", "1d"].map(followed), [
    ["1s"], ["1m"], ["1m"], ["1m"], ["1m"], ["1d", "1m"],
  ]);
});

test("a minute that follows the newest bar is added to it, as often as it comes", () => {
  const rollup = begun(bar("5m", 5, 0, 10));
  for (const q of [11, 14, 20]) assert.deepEqual(rollup.add(minute(6, 10, q)), bar("5m", 5, 0, q));
  assert.deepEqual(rollup.add(minute(7, 20, 23)), bar("5m", 5, 0, 23));
});

test("the minute of which the newest bar has a part already is not added twice", () => {
  // History was read when the minute had come as far as tick 14.
  const rollup = begun(bar("5m", 5, 0, 14), minute(6, 10, 12), minute(6, 10, 14));
  assert.deepEqual(rollup.add(minute(6, 10, 19)), bar("5m", 5, 0, 19));
  assert.equal(rollup.broken, false);
});

test("minutes that came while history was read are in it, or are added to it", () => {
  const rollup = new BarRollup("5m");
  for (const q of [12, 14, 17]) assert.equal(rollup.add(minute(6, 10, q)), undefined);
  assert.deepEqual(rollup.begin(bar("5m", 5, 0, 14)), bar("5m", 5, 0, 17));
  rollup.pause();
  assert.equal(rollup.add(minute(6, 10, 18)), undefined);
  assert.deepEqual(rollup.begin(bar("5m", 5, 0, 17)), bar("5m", 5, 0, 18));
});

test("a bar that has only the newest minute is that minute", () => {
  const rollup = begun(bar("5m", 5, 10, 12));
  assert.deepEqual(rollup.add(minute(5, 10, 15)), bar("5m", 5, 10, 15));
});

test("a bar begins with its first minute, and with a later one if nothing was traded in between", () => {
  assert.deepEqual(begun(bar("5m", 5, 0, 10)).add(minute(10, 10, 11)), bar("5m", 10, 10, 11));
  assert.deepEqual(begun(bar("5m", 5, 0, 10)).add(minute(12, 10, 11)), bar("5m", 10, 10, 11));
  assert.deepEqual(begun(undefined).add(minute(12, 0, 3)), bar("5m", 10, 0, 3));
});

test("where ticks are missing between the newest bar and a minute, no bar is made up", () => {
  const gone = { "a part of the minute": minute(6, 8, 15), "a minute": minute(7, 12, 15), "an earlier time": minute(3, 12, 15) };
  for (const [what, next] of Object.entries(gone)) {
    const rollup = begun(bar("5m", 5, 0, 10));
    assert.equal(rollup.add(next), undefined, what);
    assert.equal(rollup.broken, true, what);
    rollup.begin(bar("5m", 5, 0, 15));
    assert.equal(rollup.broken, false, what);
  }
  // The first minutes of this bar are not known, so gateways leave it out too.
  assert.equal(begun(undefined).add(minute(7, 12, 15)), undefined);
});

test("a bar or a minute that is older than the newest bar changes nothing", () => {
  const rollup = begun(bar("5m", 5, 0, 10));
  assert.equal(rollup.add(minute(6, 4, 9)), undefined);
  assert.equal(rollup.add(bar("5m", 5, 0, 9)), undefined);
  assert.equal(rollup.add(bar("1s", 6, 10, 12)), undefined);
  assert.equal(rollup.broken, false);
});

test("a day begins when the stream says so, at any minute, and is continued by minutes", () => {
  const rollup = new BarRollup("1d");
  rollup.begin(bar("1d", 7, 0, 10));
  assert.equal(rollup.add(minute(2000, 10, 12)).t, 7 * MINUTE);
  assert.deepEqual(rollup.add(bar("1d", 2001, 12, 13)), bar("1d", 2001, 12, 13));
  assert.deepEqual(rollup.add(minute(2001, 12, 15)), bar("1d", 2001, 12, 15));
  assert.deepEqual(rollup.add(minute(2002, 15, 16)), bar("1d", 2001, 12, 16));
});

test("volumes are summed with their own digits, and a source may report none", () => {
  const rollup = begun(bar("5m", 5, 0, 10, { v: 0.1 }));
  assert.equal(rollup.add(minute(6, 10, 12, { v: 0.2 })).v, 0.3);
  // Of what the newest bar has, 0.05 was traded in the minute.
  const later = begun(bar("5m", 5, 0, 14, { v: 0.35 }), minute(6, 10, 14, { v: 0.05 }));
  assert.equal(later.add(minute(6, 10, 16, { v: 0.1 })).v, 0.4);
  const { v, ...without } = bar("5m", 5, 0, 10);
  assert.equal(begun(without).add(minute(6, 10, 12, { v: 3 })).v, 3);
  const { v: traded, ...silent } = minute(6, 10, 12);
  assert.equal("v" in begun(without).add(silent), false);
});

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { DetailBars } from "../../web/page/detail_bars.js";
import { bar, installFetch, startClock, stopClock } from "./fakes.mjs";

beforeEach(stopClock);
afterEach(startClock);

const answer = (h) => ({ body: JSON.stringify({ bars: [{ ...bar("A", 0, 1, "1d"), h }] }) });

/** Bars of a symbol, and what was read of it: interval and number. */
function barsOf(...highs) {
  const asked = installFetch(...highs.map(answer));
  const days = [];
  const bars = new DetailBars({ onChange: () => {}, onDay: () => days.push(bars.day?.h) });
  bars.begin("A");
  const reads = () => asked.map(({ url }) => new URL(url, "http://x/").searchParams).map((each) => `${each.get("limit")} ${each.get("interval")}`);
  return { bars, days, reads };
}

test("beside a chart of minutes the newest day is read, once", async () => {
  const { bars, reads } = barsOf(5);
  await bars.turnTo("1m");
  await bars.turnTo("5m");
  assert.deepEqual(reads(), ["1 1d", "500 1m", "500 5m"]);
  await bars.refresh();
  assert.deepEqual(reads().slice(3).sort(), ["1 1d", "500 5m"]);
});

test("a chart of days has the newest one: it is not read twice", async () => {
  const { bars, days, reads } = barsOf(5);
  await bars.turnTo("1d");
  await bars.refresh();
  await bars.repair();
  await bars.startOver();
  assert.deepEqual(reads(), Array(4).fill("500 1d"));
  assert.deepEqual([bars.day?.h, days.at(-1)], [5, 5]);
});

test("after a chart of days, what was read of the day before it is read again", async () => {
  const { bars, reads } = barsOf(5, 6, 7, 8, 9);
  await bars.turnTo("1m");
  await bars.turnTo("1d");
  await bars.turnTo("1m");
  assert.deepEqual(reads(), ["1 1d", "500 1m", "500 1d", "1 1d", "500 1m"]);
  assert.equal(bars.day?.h, 8);
});

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { firstOf, rangesWithData } from "../../web/page/chart_ranges.js";
import { bar, installFetch, problem, startClock, stopClock } from "./fakes.mjs";

beforeEach(stopClock);
afterEach(startClock);

const HOUR = 3_600_000_000;

/** Answers with so many bars of a minute, of 15 minutes and of a day. */
const answers = (...counts) =>
  counts.map((count) => ({ body: JSON.stringify({ bars: Array.from({ length: count }, (_, t) => bar("A", t, 1, "1m")) }) }));

async function offered(...counts) {
  installFetch(...answers(...counts));
  return [...(await rangesWithData("A"))];
}

test("a range is offered where it shows more than the shorter one", async () => {
  assert.deepEqual(await offered(14, 1, 1), []);
  assert.deepEqual(await offered(15, 4, 1), ["1H"]);
  assert.deepEqual(await offered(15, 5, 1), ["1H", "1D"]);
  assert.deepEqual(await offered(15, 5, 2), ["1H", "1D", "5D"]);
  assert.deepEqual(await offered(15, 5, 6), ["1H", "1D", "5D", "1Y"]);
  // A market that has just opened has had no tick for long: its days are there all the same.
  assert.deepEqual(await offered(3, 1, 6), ["5D", "1Y"]);
});

test("what could not be read is not taken for no data", async () => {
  installFetch(...answers(15, 5), problem(503, "not ready"));
  assert.equal(await rangesWithData("A"), undefined);
});

test("a range goes back from the newest bar", () => {
  const hourly = Array.from({ length: 200 }, (_, hour) => ({ t: hour * HOUR }));
  assert.equal(firstOf(hourly, "1H"), 199);
  assert.equal(firstOf(hourly, "1D"), 200 - 24);
  assert.equal(firstOf(hourly.slice(0, 3), "1D"), 0);
  assert.equal(firstOf(hourly, "1Y"), 0);
});

test("five days are five days that have bars", () => {
  // From Monday to Friday, and the next Monday and Tuesday.
  const days = [4, 5, 6, 7, 8, 11, 12];
  const bars = days.flatMap((day) => [14, 20].map((hour) => ({ t: (day * 24 + hour) * HOUR })));
  assert.equal(firstOf(bars, "5D"), 4);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { TickTimes } from "../../web/page/tick_times.js";

/** What ticks of these ages, one a second, tell: how far the reader's clock is ahead, after each. */
function told(interval, ...ages) {
  const times = new TickTimes();
  return ages.map((age, second) => (times.take(age, interval, 1_000, second * 1_000), times.ahead));
}

test("a clock that is right is taken to be, also where ticks are held back", () => {
  assert.deepEqual(told(0, 20, 900, 2_500), [0, 0, 0]);
  assert.deepEqual(told(10_000, 9_000, 300, 12_000), [0, 0, 0]);
});

test("a clock that is ahead or behind is found out, soon exactly", () => {
  assert.deepEqual(told(0, 60_000, 59_500), [60_000, 60_000]);
  assert.deepEqual(told(0, -60_000), [-60_000]);
  assert.deepEqual(told(10_000, 70_000, 61_000, 66_000), [70_000, 61_000, 61_000]);
});

test("a tick that was held back before the stream became faster tells nothing wrong", () => {
  const times = new TickTimes();
  times.take(5_000, 10_000, 1_000, 0);
  assert.deepEqual([times.take(9_500, 250, 1_000, 4_000), times.ahead], [false, 0]);
  // Later, an age like that is that of another clock.
  assert.deepEqual([times.take(9_500, 250, 1_000, 60_000), times.ahead], [true, 9_500]);
});

test("times that contradict each other again and again are of no use, until the feed starts over", () => {
  const times = new TickTimes();
  for (let second = 0; second < 9; second += 1) times.take(-9_000 * second, 0, 1_000, second * 1_000);
  assert.ok(Number.isNaN(times.ahead));
  assert.equal(times.take(0, 0, 1_000, 9_000), false);
  times.startOver();
  assert.deepEqual([times.take(50, 0, 1_000, 9_000), times.ahead], [false, 0]);
});

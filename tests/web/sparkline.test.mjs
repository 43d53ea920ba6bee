import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Sparkline, path } from "../../web/page/sparkline.js";
import { Sparklines } from "../../web/page/sparklines.js";
import { bar, installFetch, startClock, stopClock, tick } from "./fakes.mjs";

beforeEach(stopClock);
afterEach(startClock);

/** ms since the epoch, as the stopped clock begins with it; ticks of the fakes are of that time. */
const NOW = 1_000_000;

/** A canvas that notes the points of the line drawn last: ms before now, and whether the price is high. */
function canvas() {
  const line = [];
  const held = { clearRect: () => (line.length = 0), lineTo: (x, y) => line.push([Math.round((x - 1) / 80 * 90) - 90, y < 12]) };
  const context = new Proxy(held, { get: (_, name) => held[name] ?? (() => {}), set: () => true });
  return { line, getContext: () => context };
}

test("the width is 90 seconds by the clock, however many prices there are", () => {
  const at = (seconds, p) => ({ at: NOW - seconds * 1000, p });
  assert.deepEqual(path([at(90, 1), at(45, 2), at(0, 3)], NOW), [[0, 1], [0.5, 0.5], [1, 0]]);
  assert.deepEqual(path([at(9, 5), at(0, 5)], NOW), [[0.9, 0.5], [1, 0.5]]);
  // What it begins with has been so since before.
  assert.deepEqual(path([at(300, 1), at(0, 2)], NOW)[0], [0, 1]);
});

test("bars of long ago are no part of it, but the price that they left is", () => {
  const line = new Sparkline();
  const drawn = canvas();
  const seconds = [-3000, -200, -30];
  line.begin(seconds.map((each, at) => ({ ...bar("A", NOW * 1000 + each * 1e6, 1, "1s"), c: at % 2 })), 0);
  line.add({ ...tick("A", 1), p: 0 }, NOW);
  line.draw(drawn, "", NOW);
  // It was high at first, fell 30 seconds ago, and has stood still since.
  assert.deepEqual(drawn.line, [[-90, true], [-30, true], [-29, false], [-1, false], [0, false]]);
  assert.equal(line.course, -1);
});

test("prices leave it once 90 seconds have passed", () => {
  const line = new Sparkline();
  for (let second = 0; second <= 200; second += 1) line.add({ ...tick("A", 1), p: second < 50 ? 9 : second }, NOW + second * 1000);
  const drawn = canvas();
  line.draw(drawn, "", NOW + 200_000);
  assert.deepEqual([drawn.line.length, drawn.line[0][0], line.course], [91, -90, 90]);
});

test("its course is from its first price to its last, whatever the day", () => {
  const line = new Sparkline();
  assert.equal(line.course, 0);
  [5, 9, 4].forEach((p, second) => line.add({ ...tick("A", 1), p }, NOW + second * 1000));
  assert.equal(line.course, -1);
  line.begin([{ ...bar("A", NOW * 1000 - 5e6, 1, "1s"), c: 2 }], 0);
  assert.equal(line.course, 2);
});

test("its history may be read late: prices that it has already are not in it twice", () => {
  const line = new Sparkline();
  const drawn = canvas();
  [4, 5, 6].forEach((p) => line.add({ ...tick("A", 1), p }, NOW + p * 1000));
  line.begin([1, 2, 3, 4, 5, 6].map((end) => ({ ...bar("A", (NOW / 1000 + end - 1) * 1e6, 1, "1s"), c: end })), 0);
  line.draw(drawn, "", NOW + 6000);
  assert.deepEqual(drawn.line.map(([at]) => at), [-5, -4, -3, -2, -1, 0]);
});

/** Sparklines of one row, whose price the test sets. */
function linesOf(interval = 0) {
  const quote = { symbol: "A", tick: undefined };
  const row = { symbol: "A", canvas: canvas() };
  const lines = new Sparklines({ get: () => quote }, () => "");
  const second = async (next) => {
    if (next) quote.tick = next;
    lines.advance([row], interval);
    await lines.fill(() => [row]);
    lines.draw([row]);
    mock.timers.tick(1000);
  };
  return { lines, row, second };
}

const history = (...seconds) => ({ body: JSON.stringify({ bars: seconds.map((each) => bar("A", each * 1e6, 1, "1s")) }) });

test("after a time without prices it begins again with history, and draws no line over what nobody saw", async () => {
  const asked = installFetch(history(990), history(1060, 1061));
  const { row, second } = linesOf();
  await second(tick("A", 1));
  await second();
  // The page was hidden, paused or without a stream.
  mock.timers.tick(60_000);
  await second();
  assert.equal(asked.length, 2);
  assert.deepEqual(row.canvas.line.map(([at]) => at), [-1, 0]);
});

test("times of another clock, or of a recording, are brought to the reader's", async () => {
  installFetch(history(5_000_990, 5_000_995), history(5_000_990, 5_000_995));
  const { row, second } = linesOf();
  await second({ ...tick("A", 1), t: 5_001_000e6 });
  // The first tick that comes tells: it is of this second.
  await second({ ...tick("A", 2), t: 5_001_001e6 });
  await second();
  assert.deepEqual(row.canvas.line.map(([at]) => at), [-11, -7, -6, -1, 0]);
});

test("ticks that a slow stream holds back are no proof of another clock: history is read once, and stays", async () => {
  for (const interval of [5_000, 10_000]) {
    const asked = installFetch(history(Date.now() / 1000 - 30));
    const { row, second } = linesOf(interval);
    for (let n = 0; n < 40; n += 1) {
      // What comes once an interval is up to an interval old, now more and now less.
      const comes = n % (interval / 1000) === 0;
      await second(comes && { ...tick("A", n), t: (Date.now() - (n % 3 ? 200 : interval - 200)) * 1000 });
    }
    assert.equal(asked.length, 1);
    assert.equal(row.canvas.line[0][0], -68);
    startClock();
    stopClock();
  }
});

test("another feed is read for the times of its own ticks, whatever those of the one before were", async () => {
  const asked = installFetch(...Array.from({ length: 5 }, () => history(5_000_990)), history(1_040));
  const { lines, row, second } = linesOf();
  for (let n = 0; n < 60; n += 1) await second({ ...tick("A", n), t: (5_001_000 + 10 * n) * 1e6 });
  assert.equal(asked.length, 5);
  lines.startOver();
  for (let n = 0; n < 3; n += 1) await second({ ...tick("A", n), t: Date.now() * 1000 });
  assert.equal(asked.length, 6);
  assert.deepEqual(row.canvas.line.map(([at]) => at), [-21, -3, -2, -1, 0]);
});

test("a recording that is played quickly is drawn from what is seen of it, and its history is not read again and again", async () => {
  const asked = installFetch(...Array.from({ length: 5 }, () => history(5_000_990, 5_000_995)));
  const { row, second } = linesOf();
  for (let n = 0; n < 60; n += 1) await second({ ...tick("A", n), t: (5_001_000 + 10 * n) * 1e6 });
  assert.equal(asked.length, 5);
  const times = row.canvas.line.map(([at]) => at);
  assert.deepEqual([times.length, times[0], times.at(-1)], [52, -51, 0]);
});

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { ChartedBars } from "../../web/page/charted_bars.js";
import { installFetch, problem, settleFetch, startClock, stopClock } from "./fakes.mjs";

beforeEach(stopClock);
afterEach(startClock);

const MINUTE = 60_000_000;
const bar = (i, minutes, from, q) => ({ S: "A", i, t: minutes * MINUTE, o: 1, h: 1, l: 1, c: q, n: q - from, q });
const answer = (...bars) => ({ body: JSON.stringify({ bars }) });

function charted(interval) {
  const changes = [];
  const bars = new ChartedBars(500, (change) => changes.push(change));
  bars.begin("A", interval);
  return { bars, changes };
}

test("history comes first, and live bars continue it", async () => {
  const asked = installFetch(answer(bar("1m", 1, 0, 5), bar("1m", 2, 5, 9)));
  const { bars, changes } = charted("1m");
  assert.equal(bars.loading, true);
  await bars.refresh();
  assert.match(asked[0].url, /A\?interval=1m&limit=500/);
  assert.equal(bars.take([bar("1m", 2, 5, 11), { ...bar("1m", 2, 5, 12), S: "B" }, bar("1s", 2, 5, 12)]), true);
  assert.deepEqual(changes, ["other", "other", "last"]);
  assert.deepEqual(bars.bars.map(({ q }) => q), [5, 11]);
});

test("a longer interval is continued by minutes, also by those that come while history is read", async () => {
  installFetch(answer(bar("5m", 0, 0, 7)));
  const { bars, changes } = charted("5m");
  const read = bars.refresh();
  bars.take([bar("1m", 2, 5, 7), bar("1m", 2, 5, 8)]);
  assert.deepEqual(bars.bars, []);
  await read;
  assert.deepEqual(bars.bars.map(({ i, n, q }) => [i, n, q]), [["5m", 8, 8]]);
  bars.take([bar("1m", 3, 8, 9)]);
  assert.deepEqual(changes, ["other", "other", "last"]);
});

test("where ticks are missing before a minute history is read again, once for each minute", async () => {
  const asked = installFetch(answer(bar("5m", 0, 0, 7)), answer(bar("5m", 0, 0, 7)), answer(bar("5m", 0, 0, 13)));
  const { bars } = charted("5m");
  await bars.refresh();
  for (const q of [11, 12]) bars.take([bar("1m", 3, 9, q)]);
  await settleFetch();
  assert.equal(asked.length, 2);
  assert.deepEqual(bars.bars.map(({ q }) => q), [7]);
  bars.take([bar("1m", 4, 12, 13)]);
  await settleFetch();
  assert.equal(asked.length, 3);
  bars.take([bar("1m", 4, 12, 14)]);
  assert.deepEqual(bars.bars.map(({ n, q }) => [n, q]), [[14, 14]]);
});

test("history that could not be read is read again, at once when a gateway is there again", async () => {
  const asked = installFetch(problem(503, "not ready"), problem(503, "not ready"), answer(bar("1m", 1, 0, 5)));
  const { bars } = charted("1m");
  await bars.refresh();
  assert.equal(bars.loading, true);
  mock.timers.tick(60_000);
  await settleFetch();
  assert.equal(asked.length, 2);
  bars.retry();
  await settleFetch();
  assert.deepEqual([bars.loading, bars.bars.length], [false, 1]);
  bars.retry();
  assert.equal(asked.length, 3);
});

test("an answer about another symbol is not taken, and a symbol that has left begins again", async () => {
  installFetch(answer(bar("5m", 0, 0, 7)));
  const { bars } = charted("5m");
  const read = bars.refresh();
  bars.begin("B", "5m");
  await read;
  assert.deepEqual([bars.loading, bars.bars], [true, []]);
  bars.begin("A", "5m");
  bars.leave();
  assert.equal(bars.loading, false);
  bars.take([bar("1m", 8, 0, 2)]);
  assert.deepEqual(bars.bars.map(({ t, q }) => [t, q]), [[5 * MINUTE, 2]]);
});

test("after the feed has lost ticks, minutes continue the history that is read then, though q has gone back", async () => {
  installFetch(answer(bar("5m", 0, 0, 70)), answer(bar("5m", 0, 0, 7)));
  const { bars } = charted("5m");
  await bars.refresh();
  bars.take([bar("1m", 3, 70, 75)]);
  const read = bars.repair();
  // It is of the feed that goes on: greater numbers of before must not hide it.
  bars.take([bar("1m", 3, 7, 8)]);
  await read;
  bars.take([bar("1m", 3, 7, 9)]);
  assert.deepEqual(bars.bars.map(({ n, q }) => [n, q]), [[9, 9]]);
});

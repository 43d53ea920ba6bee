import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { readBars } from "../../web/page/bar_history.js";
import { Instruments } from "../../web/page/instruments.js";
import { Sparklines } from "../../web/page/sparklines.js";
import { bar, installFetch, problem, settleFetch, startClock, stopClock, tick } from "./fakes.mjs";

beforeEach(stopClock);
afterEach(startClock);

/** Bars of seconds shortly before the clock's now. */
const bars = (...starts) => ({ body: JSON.stringify({ bars: starts.map((t) => bar("A", (990 + t) * 1e6, 1, "1s")) }) });

/** Quotes in which every symbol has a price. */
const quotes = { get: (symbol) => ({ symbol, tick: tick(symbol, 1) }) };

/** A row, which counts the points of the line that is drawn in it. */
function row(symbol) {
  const drawn = { symbol, points: 0 };
  const held = { clearRect: () => (drawn.points = 0), lineTo: () => (drawn.points += 1) };
  const context = new Proxy(held, { get: (_, name) => held[name] ?? (() => {}), set: () => true });
  return Object.assign(drawn, { canvas: { getContext: () => context } });
}

test("no answer is distinguished from no bars", async () => {
  installFetch(problem(503, "not ready"), new TypeError("no network"), problem(404, "nobody publishes A"), bars(1, 2));
  const found = [];
  for (let turn = 0; turn < 4; turn += 1) found.push(await readBars("A", "1s", 90));
  assert.deepEqual(found.map((each) => each?.length), [undefined, undefined, 0, 2]);
});

test("a read that hangs is given up, and delays no other", async () => {
  const hung = new AbortController();
  mock.method(AbortSignal, "timeout", (after) => (after === 10_000 ? hung.signal : AbortSignal.abort()));
  const asked = [];
  globalThis.fetch = (url, { signal }) => {
    asked.push(url);
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const sparklines = new Sparklines(quotes, () => "");
  const rows = [row("B")];
  const reading = Promise.all([readBars("A", "1m", 15), sparklines.fill(() => rows)]);
  new Instruments(() => {}).get("A");
  assert.equal(asked.length, 3);
  hung.abort();
  assert.equal((await reading)[0], undefined);
  installFetch(bars(1, 2));
  mock.timers.tick(60_000);
  await sparklines.fill(() => rows);
  sparklines.draw(rows);
  assert.equal(rows[0].points, 2);
});

test("a sparkline whose history could not be read gets it later, without a request in between", async () => {
  const asked = installFetch(bars(1, 2), problem(503, "not ready"), bars(1, 2, 3), bars());
  const sparklines = new Sparklines(quotes, () => "");
  const rows = [row("A"), row("B"), row("C")];
  await sparklines.fill(() => rows);
  await sparklines.fill(() => rows);
  assert.deepEqual(asked.map(({ url }) => url.split("?")[0]), ["v1/bars/A", "v1/bars/B"]);
  mock.timers.tick(3_000);
  await sparklines.fill(() => rows);
  await sparklines.fill(() => rows);
  sparklines.draw(rows);
  assert.deepEqual(rows.map(({ points }) => points), [2, 3, 0]);
  assert.equal(asked.length, 4);
});

test("sparklines are held for the rows that were there last, and history is read for those that are there now", async () => {
  installFetch(...Array.from({ length: 400 }, () => bars(1, 2)));
  const sparklines = new Sparklines(quotes, () => "");
  let rows = [row("FIRST")];
  await sparklines.fill(() => rows);
  for (let n = 0; n < 299; n += 1) sparklines.draw([row(`S${n}`)]);
  sparklines.draw(rows);
  assert.equal(rows[0].points, 2);
  for (let n = 0; n < 300; n += 1) sparklines.draw([row(`T${n}`)]);
  rows = [row("FIRST")];
  sparklines.draw(rows);
  assert.equal(rows[0].points, 0);
});

test("a slash in a symbol stays plain in its address, where no proxy could take it out", async () => {
  const asked = installFetch(bars(1));
  for (const symbol of ["BTC/USD", "A:B/C", "A//B", "../A", "A/.", "/A", ".A/B."]) await readBars(symbol, "1m", 1);
  assert.deepEqual(
    asked.map(({ url }) => url.split("?")[0].slice("v1/bars/".length)),
    ["BTC/USD", "A%3AB/C", "A%2F%2FB", "..%2FA", "A%2F.", "%2FA", ".A/B."],
  );
});

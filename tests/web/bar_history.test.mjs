import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { readBars } from "../../web/page/bar_history.js";
import { Instruments } from "../../web/page/instruments.js";
import { Sparklines } from "../../web/page/sparklines.js";
import { bar, installFetch, problem, settleFetch, startClock, stopClock, tick } from "./fakes.mjs";

beforeEach(stopClock);
afterEach(startClock);

const bars = (...starts) => ({ body: JSON.stringify({ bars: starts.map((t) => bar("A", t, 1, "1s")) }) });

/** A visible row, and the history that its sparkline was filled with. */
function row(symbol) {
  const begun = [];
  return { symbol, visible: true, quote: { symbol, tick: tick(symbol, 1) }, begun, sparkline: { begin: (found) => begun.push(found.length) } };
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
  const sparklines = new Sparklines(() => "");
  const reading = Promise.all([readBars("A", "1m", 15), sparklines.fill([row("B")])]);
  new Instruments(() => {}).get("A");
  assert.equal(asked.length, 3);
  hung.abort();
  assert.equal((await reading)[0], undefined);
  const later = row("B");
  installFetch(bars(1, 2));
  mock.timers.tick(60_000);
  await sparklines.fill([later]);
  assert.deepEqual(later.begun, [2]);
});

test("a sparkline whose history could not be read gets it later, without a request in between", async () => {
  const asked = installFetch(bars(1), problem(503, "not ready"), bars(1, 2), bars());
  const sparklines = new Sparklines(() => "");
  const rows = [row("A"), row("B"), row("C")];
  await sparklines.fill(rows);
  await sparklines.fill(rows);
  assert.deepEqual(asked.map(({ url }) => url.split("?")[0]), ["/v1/bars/A", "/v1/bars/B"]);
  mock.timers.tick(3_000);
  await sparklines.fill(rows);
  await sparklines.fill(rows);
  assert.deepEqual(rows.map(({ begun }) => begun), [[1], [2], [0]]);
  assert.equal(asked.length, 4);
});

const listed = (ref) => ({ body: JSON.stringify([{ S: "A", name: "Alpha", tick: 0.01, ref, ccy: "USD" }]) });

test("reference prices are read again on demand, and now and then; only differences are reported", async () => {
  const asked = installFetch(listed(100), listed(100), listed(101), listed(102));
  const told = [];
  const instruments = new Instruments((all) => told.push(all[0].ref));
  instruments.get("A");
  await settleFetch();
  assert.equal(instruments.get("A").ref, 100);
  for (const turn of [2, 3]) {
    for (let times = 0; times < 9; times += 1) instruments.renew();
    mock.timers.tick(5_000);
    await settleFetch();
    assert.equal(asked.length, turn);
  }
  assert.equal(instruments.get("A").ref, 101);
  mock.timers.tick(120_000);
  await settleFetch();
  assert.equal(instruments.get("A").ref, 102);
  assert.deepEqual(told, [100, 101, 102]);
});

test("after a failure they are read again too", async () => {
  const asked = installFetch(listed(100), new TypeError("no network"), problem(503, "not ready"), listed(101));
  const instruments = new Instruments(() => {});
  instruments.get("A");
  await settleFetch();
  for (let turn = 0; turn < 3; turn += 1) {
    mock.timers.tick(120_000);
    await settleFetch();
  }
  assert.deepEqual([asked.length, instruments.get("A").ref], [4, 101]);
});

test("a slash in a symbol stays plain in its address, where no proxy could take it out", async () => {
  const asked = installFetch(bars(1));
  for (const symbol of ["BTC/USD", "A:B/C", "A//B", "../A", "A/.", "/A", ".A/B."]) await readBars(symbol, "1m", 1);
  assert.deepEqual(
    asked.map(({ url }) => url.split("?")[0].slice("/v1/bars/".length)),
    ["BTC/USD", "A%3AB/C", "A%2F%2FB", "..%2FA", "A%2F.", "%2FA", ".A/B."],
  );
});

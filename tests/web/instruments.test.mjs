import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Instruments } from "../../web/page/instruments.js";
import { installFetch, problem, settleFetch, startClock, stopClock } from "./fakes.mjs";

beforeEach(stopClock);
afterEach(startClock);

const listed = (ref) => ({ body: JSON.stringify([{ S: "A", name: "Alpha", tick: 0.01, ref, ccy: "USD" }]) });

test("reference prices are read again on demand, and now and then; only differences are reported", async () => {
  const asked = installFetch(listed(100), listed(100), listed(101), listed(102));
  const told = [];
  const instruments = new Instruments(() => told.push(instruments.all[0].ref));
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

test("names that a young feed has not yet come by themselves, though nobody asks again", async () => {
  const none = { body: "[]" };
  const asked = installFetch(none, none, new TypeError("no network"), listed(100), listed(100));
  const told = [];
  const instruments = new Instruments(() => told.push(instruments.all.length));
  assert.equal(instruments.get("A"), undefined);
  const reads = [];
  for (let second = 0; second < 30; second += 1) {
    await settleFetch();
    if (asked.length > reads.length) reads.push(second);
    mock.timers.tick(1_000);
  }
  assert.deepEqual(reads, [0, 2, 6, 14]);
  assert.equal(instruments.get("A").ref, 100);
  assert.deepEqual(told, [0, 1]);
});

test("a symbol without a name is asked for more and more seldom, and not once it has left the feed", async () => {
  const asked = installFetch(...Array.from({ length: 12 }, () => listed(100)));
  const instruments = new Instruments(() => {});
  for (const symbol of ["A", "NAMELESS"]) instruments.get(symbol);
  // Five minutes.
  for (let half = 0; half < 600; half += 1) {
    await settleFetch();
    if (half % 7 === 0) instruments.get("NAMELESS");
    mock.timers.tick(500);
  }
  const before = asked.length;
  assert.ok(before >= 7 && before <= 10, String(before));
  instruments.forget(["NAMELESS"]);
  mock.timers.tick(60_000);
  await settleFetch();
  assert.ok(asked.length <= before + 1);
});

test("a symbol without a name is not asked for once nobody shows it any more", async () => {
  const asked = installFetch(...Array.from({ length: 12 }, () => listed(100)));
  const shown = new Set(["A", "NAMELESS"]);
  const instruments = new Instruments(() => {}, (symbol) => shown.has(symbol));
  for (const symbol of shown) instruments.get(symbol);
  await settleFetch();
  // The reader has removed it.
  shown.delete("NAMELESS");
  for (let second = 0; second < 59; second += 1) {
    mock.timers.tick(1_000);
    await settleFetch();
  }
  // The read that was due already, and no other.
  assert.equal(asked.length, 2);
});

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { hasTaken, nextPatch, pause, sendPatch } from "../../web/tickcast/patch.js";
import { installFetch, problem, settle, settleFetch, startClock, stopClock } from "./fakes.mjs";

const PATCH = { add: ["A"], drop: [] };

beforeEach(stopClock);
afterEach(startClock);

const subscription = (symbols, bars = [], barsOf) => ({ symbols, interval: 0, bars, barsOf });

test("the next patch sets bars first, then drops and adds, at most as much as a gateway reads", () => {
  assert.deepEqual(nextPatch(subscription(["A", "B"]), subscription(["B", "C"])), { add: ["C"], drop: ["A"] });
  assert.equal(nextPatch(subscription(["A"]), subscription(["A"])), undefined);
  const many = Array.from({ length: 2_000 }, (_, number) => `S${number}`);
  const { add, drop } = nextPatch(subscription(many.slice(0, 1_000)), subscription(many.slice(1_000)));
  assert.deepEqual([drop.length, add.length], [1_000, 500]);
  const charted = nextPatch(subscription(["A"]), subscription(["B"], ["1m"]));
  assert.deepEqual(charted, { add: [], drop: [], bars: ["1m"], bars_of: null });
  assert.deepEqual(nextPatch(subscription(["A"]), subscription(["A"], ["1m"], ["C"])).bars_of, ["C"]);
});

test("a patch of the longest symbols is no longer than what a gateway reads", () => {
  const many = Array.from({ length: 1_500 }, (_, number) => `S${number}`.padEnd(64, "x"));
  const patch = nextPatch(subscription(many.slice(0, 700)), subscription(many.slice(700)));
  assert.ok(JSON.stringify(patch).length <= 65_536);
  assert.deepEqual([patch.drop.length, patch.add[0]], [700, many[700]]);
});

test("a stream has taken a patch once it has all that was added and nothing that was dropped", () => {
  const change = { add: ["C"], drop: ["A"] };
  assert.deepEqual([["B", "C"], ["A", "C"], ["B"]].map((symbols) => hasTaken(symbols, change)), [true, false, false]);
});

test("a patch is sent as JSON", async () => {
  const asked = installFetch({});
  const { status } = await sendPatch("/v1/streams/x", PATCH, new AbortController().signal);
  assert.equal(status, 200);
  assert.deepEqual([asked[0].method, asked[0].headers["content-type"], asked[0].body], ["PATCH", "application/json", PATCH]);
});

test("it is sent up to three times while it fails for a reason that may pass, with growing pauses", async () => {
  const asked = installFetch(problem(504, "no answer"));
  const sent = sendPatch("/x", PATCH, new AbortController().signal);
  await settleFetch();
  mock.timers.tick(499);
  await settleFetch();
  assert.equal(asked.length, 1);
  mock.timers.tick(1);
  await settleFetch();
  mock.timers.tick(1_000);
  assert.equal((await sent).status, 504);
  assert.equal(asked.length, 3);
});

test("a refusal is final", async () => {
  const asked = installFetch(problem(404, "no such stream"));
  const { status, detail } = await sendPatch("/x", PATCH, new AbortController().signal);
  assert.deepEqual([status, detail, asked.length], [404, "no such stream", 1]);
});

test("it ends with the connection", async () => {
  const asked = installFetch(problem(503, "not now"));
  const ours = new AbortController();
  const sent = sendPatch("/x", PATCH, ours.signal);
  await settleFetch();
  ours.abort();
  await settleFetch();
  mock.timers.tick(60_000);
  await sent;
  assert.equal(asked.length, 1);
});

test("a pause is over in time, or when it is ended", async () => {
  const ours = new AbortController();
  const told = [];
  pause(1_000, ours.signal).then(() => told.push("first"));
  pause(9_000, ours.signal).then(() => told.push("second"));
  mock.timers.tick(1_000);
  await settle();
  assert.deepEqual(told, ["first"]);
  ours.abort();
  await settle();
  assert.deepEqual(told, ["first", "second"]);
});

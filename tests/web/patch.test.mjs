import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { pause, sendChange } from "../../web/tickcast/patch.js";
import { installFetch, problem, settle, settleFetch, startClock, stopClock } from "./fakes.mjs";

const CHANGE = { add: ["A"], drop: [] };

beforeEach(stopClock);
afterEach(startClock);

test("a change is sent as JSON", async () => {
  const asked = installFetch({});
  const { status } = await sendChange("/v1/streams/x", CHANGE, new AbortController().signal);
  assert.equal(status, 200);
  assert.deepEqual([asked[0].method, asked[0].headers["content-type"], asked[0].body], ["PATCH", "application/json", CHANGE]);
});

test("it is sent again where time may help, three times at most, with growing pauses", async () => {
  const asked = installFetch(problem(504, "no answer"));
  const sent = sendChange("/x", CHANGE, new AbortController().signal);
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
  const { status, detail } = await sendChange("/x", CHANGE, new AbortController().signal);
  assert.deepEqual([status, detail, asked.length], [404, "no such stream", 1]);
});

test("it ends with the connection", async () => {
  const asked = installFetch(problem(503, "not now"));
  const ours = new AbortController();
  const sent = sendChange("/x", CHANGE, ours.signal);
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

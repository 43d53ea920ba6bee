import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Election } from "../../web/tickcast/election.js";
import { FakeLocks, settle } from "./fakes.mjs";

let locks;
let told;

beforeEach(() => {
  locks = new FakeLocks();
  told = [];
});

function candidate(name) {
  return new Election(locks, "stream", {
    onElected: () => told.push(`${name} leads`),
    onDeposed: () => told.push(`${name} robbed`),
    onUnavailable: () => told.push(`${name} unable`),
  });
}

test("one tab leads; when it resigns, the next in order does", async () => {
  const [a, b, c] = ["a", "b", "c"].map(candidate);
  [a, b, c].forEach((each) => each.stand());
  await settle();
  assert.deepEqual(told, ["a leads"]);
  b.resign();
  a.resign();
  await settle();
  assert.deepEqual(told, ["a leads", "c leads"]);
});

test("a leader that hangs loses its lock to a thief, and may stand again", async () => {
  const [a, b] = ["a", "b"].map(candidate);
  a.stand();
  b.stand();
  await settle();
  b.steal();
  await settle();
  assert.deepEqual(told.splice(0).sort(), ["a leads", "a robbed", "b leads"]);
  a.stand();
  b.resign();
  await settle();
  assert.deepEqual(told, ["a leads"]);
});

test("a leader that has resigned is not deposed as well", async () => {
  const [a, b] = ["a", "b"].map(candidate);
  a.stand();
  await settle();
  b.steal();
  a.resign();
  await settle();
  assert.deepEqual(told, ["a leads", "b leads"]);
});

test("a tab that resigns during its theft does not lead, and the lock goes to the next", async () => {
  const [a, b, c] = ["a", "b", "c"].map(candidate);
  a.stand();
  await settle();
  c.stand();
  b.steal();
  b.resign();
  await settle();
  assert.deepEqual(told, ["a leads", "a robbed", "c leads"]);
});

test("a tab that stands again during its theft leads once", async () => {
  const a = candidate("a");
  a.steal();
  a.resign();
  a.stand();
  await settle();
  assert.deepEqual(told, ["a leads"]);
});

test("locks that may not be used are reported", async () => {
  locks.request = () => Promise.reject(new DOMException("no", "SecurityError"));
  candidate("a").stand();
  await settle();
  assert.deepEqual(told, ["a unable"]);
});

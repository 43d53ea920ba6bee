import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { PageLifecycle } from "../../web/tickcast/page_lifecycle.js";
import { startClock, stopClock } from "./fakes.mjs";

let told;
let lifecycle;
const page = new EventTarget();

beforeEach(() => {
  stopClock();
  globalThis.document = page;
  page.visibilityState = "visible";
  told = [];
  const tell = (word) => () => told.push(word);
  lifecycle = new PageLifecycle({ onSecond: tell("look"), onWake: tell("wake"), onFreeze: tell("sleep"), onRestore: tell("return") });
});

afterEach(() => {
  lifecycle.close();
  delete globalThis.document;
  startClock();
});

const happen = (name) => page.dispatchEvent(new Event(name));

test("it reports every second", () => {
  mock.timers.tick(3_000);
  assert.deepEqual(told, ["look", "look", "look"]);
});

test("a clock that has jumped is a sleep", () => {
  const now = Date.now();
  mock.method(Date, "now", () => now + 60_000);
  mock.timers.tick(1_000);
  assert.deepEqual(told, ["wake", "look"]);
  mock.timers.tick(1_000);
  assert.deepEqual(told, ["wake", "look", "look"]);
});

test("a page that becomes visible wakes, one that is hidden does not", () => {
  page.visibilityState = "hidden";
  happen("visibilitychange");
  assert.deepEqual(told, []);
  page.visibilityState = "visible";
  happen("visibilitychange");
  assert.deepEqual(told, ["wake"]);
});

test("a page freezes once and is restored once, whichever events say so", () => {
  happen("freeze");
  happen("freeze");
  assert.deepEqual(told, ["sleep"]);
  happen("resume");
  happen("visibilitychange");
  assert.deepEqual(told, ["sleep", "return", "wake"]);
});

test("a page that is restored without an event is back when its timer runs", () => {
  happen("freeze");
  mock.timers.tick(1_000);
  assert.deepEqual(told, ["sleep", "return", "look"]);
});

test("it is silent once it is closed", () => {
  lifecycle.close();
  mock.timers.tick(10_000);
  happen("freeze");
  assert.deepEqual(told, []);
});

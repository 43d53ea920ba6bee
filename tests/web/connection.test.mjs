import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Connection } from "../../web/tickcast/connection.js";
import {
  FakeEventSource, HELLO, installBrowser, installFetch, problem, settleFetch, source, startClock, stopClock,
} from "./fakes.mjs";

let connection;
let state;
let events;

beforeEach(() => {
  stopClock();
  installBrowser();
  [state, events] = [{}, []];
  let opened = 0;
  connection = new Connection({
    opening: () => ({ address: `/v1/stream?opened=${(opened += 1)}` }),
    onEvent: (name, data, id) => events.push([name, JSON.parse(data), id]),
    onState: (change) => Object.assign(state, change),
  });
  connection.open();
});

afterEach(() => {
  connection.close();
  startClock();
});

test("events are handed on as they come", () => {
  source().say("hello", HELLO);
  source().say("ticks", [1], "c1");
  assert.deepEqual(events, [["hello", HELLO, ""], ["ticks", [1], "c1"]]);
  assert.equal(connection.isOpen, true);
});

test("a broken connection is replaced after the wait", () => {
  source().say("hello", HELLO);
  const first = source();
  first.fail();
  assert.deepEqual([first.closed, state.link, state.retryAt], [true, "waiting", 1_003_000]);
  mock.timers.tick(2_999);
  assert.equal(FakeEventSource.made.length, 1);
  mock.timers.tick(1);
  assert.equal(source().query.get("opened"), "2");
  first.say("ticks", []);
  assert.deepEqual(events.map(([name]) => name), ["hello"]);
});

test("waits grow until a hello, which makes them short again and names the first one", () => {
  source().fail();
  mock.timers.tick(3_000);
  source().fail();
  assert.deepEqual([state.retryAt, state.attempts], [1_003_000 + 6_000, 2]);
  mock.timers.tick(6_000);
  source().say("hello", { ...HELLO, retry: 700 });
  source().fail();
  assert.deepEqual([state.retryAt, state.attempts], [1_009_000 + 700, 1]);
});

test("a full gateway is asked again after the time that it names, and the reason is reported", async () => {
  installFetch(problem(503, "this gateway is full", { "retry-after": "20" }));
  source().refuse();
  await settleFetch();
  assert.deepEqual([state.link, state.status, state.detail], ["waiting", 503, "this gateway is full"]);
  assert.equal(state.retryAt, 1_030_000);
  mock.timers.tick(30_000);
  assert.equal(FakeEventSource.made.length, 2);
});

test("a stream that puts the client off is asked why by HEAD, and again after the time that it names", async () => {
  const asked = installFetch(problem(503, "unread", { "retry-after": "20" }));
  source().putOff();
  await settleFetch();
  assert.deepEqual(asked.map(({ url, method }) => [url, method]), [["/v1/stream?opened=1", "HEAD"]]);
  assert.deepEqual([state.link, state.status, state.detail], ["waiting", 503, ""]);
  assert.equal(state.retryAt, 1_030_000);
});

test("a stream that puts the client off, of a gateway with room by now, is just waited for", async () => {
  installFetch({ type: "text/event-stream" });
  source().putOff();
  await settleFetch();
  assert.deepEqual([state.link, state.status, state.retryAt], ["waiting", 0, 1_003_000]);
});

test("a stream that breaks after its hello is asked nothing", async () => {
  const asked = installFetch(problem(503, "unread"));
  source().say("hello", HELLO);
  source().putOff();
  await settleFetch();
  assert.deepEqual([asked.length, state.link, state.status], [0, "waiting", 0]);
});

test("a refusal that will not pass by itself is reported, and tried again slowly", async () => {
  installFetch(problem(401, "log in first"));
  source().refuse();
  await settleFetch();
  assert.deepEqual([state.link, state.status, state.detail], ["refused", 401, "log in first"]);
  assert.equal(state.retryAt, 1_030_000);
  connection.hurry();
  assert.equal(FakeEventSource.made.length, 2);
});

test("after a break without an answer no reason is asked for", () => {
  const asked = installFetch({});
  source().fail();
  assert.deepEqual([asked, state.link, state.status], [[], "waiting", 0]);
});

test("a connection that is closed while it asks for the reason stays closed", async () => {
  const asked = installFetch(problem(503, "full"));
  source().refuse();
  connection.close();
  await settleFetch();
  assert.equal(asked[0].signal.aborted, true);
  mock.timers.tick(100_000);
  assert.equal(FakeEventSource.made.length, 1);
});

test("a bye is followed by the wait that it asks for, within bounds", () => {
  source().say("hello", HELLO);
  source().say("bye", { reason: "drain", retry: 700 });
  assert.deepEqual([state.link, state.retryAt], ["waiting", 1_000_700]);
  mock.timers.tick(700);
  assert.equal(FakeEventSource.made.length, 2);
  source().say("bye", { reason: "drain", retry: 9e9 });
  assert.equal(state.retryAt, 1_030_700);
});

function checkFor(ms) {
  for (let left = ms; left > 0; left -= 1_000) {
    mock.timers.tick(1_000);
    connection.check();
  }
}

test("a connection that is silent for two and a half heartbeats is given up", () => {
  source().say("hello", HELLO);
  checkFor(12_000);
  source().say("heartbeat", { t: 1, feed: "live", age: 0 });
  checkFor(12_000);
  assert.equal(connection.isOpen, true);
  checkFor(1_000);
  assert.deepEqual([state.link, source().closed], ["waiting", true]);
});

test("a short heartbeat leaves room for a gateway that checks twice a second", () => {
  source().say("hello", { ...HELLO, heartbeat: 100 });
  checkFor(1_000);
  assert.equal(connection.isOpen, true);
  checkFor(1_000);
  assert.equal(state.link, "waiting");
});

test("a connection that never says hello is given up", () => {
  checkFor(15_000);
  assert.equal(state.link, "connecting");
  checkFor(1_000);
  assert.equal(state.link, "waiting");
});

test("after a sleep a silent connection is replaced at once, a live one is kept", () => {
  source().say("hello", HELLO);
  mock.timers.setTime(1_010_000);
  connection.wake();
  assert.equal(FakeEventSource.made.length, 1);
  mock.timers.setTime(1_060_000);
  connection.wake();
  assert.deepEqual([FakeEventSource.made.length, state.link], [2, "connecting"]);
});

test("events that piled up during a sleep are not taken for new ones: the connection is replaced", () => {
  source().say("hello", HELLO);
  mock.timers.setTime(1_060_000);
  source().say("ticks", [1], "c1");
  assert.deepEqual(events.map(([name]) => name), ["hello"]);
  assert.deepEqual([FakeEventSource.made.length, state.link], [2, "connecting"]);
});

test("after a sleep a wait ends at once", () => {
  source().fail();
  connection.wake();
  assert.equal(FakeEventSource.made.length, 2);
});

test("a clock that was set back does not make a dead connection look alive", () => {
  source().say("hello", HELLO);
  mock.timers.setTime(500_000);
  connection.check();
  checkFor(13_000);
  assert.equal(state.link, "waiting");
});

test("a timer that is late, as in a hidden tab, is made up for by a check", () => {
  source().fail();
  mock.method(Date, "now", () => 1_100_000);
  connection.check();
  assert.equal(FakeEventSource.made.length, 2);
});

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Tickcast } from "../../web/tickcast.js";
import {
  FakeChannel, FakeEventSource, HELLO, installFetch, problem, settle, settleFetch, source, tick,
} from "./fakes.mjs";
import { add, begin, held, open, roles, say, tabs } from "./tabs.mjs";

const made = () => FakeEventSource.made.length;
const limit = problem(400, "at most 1 symbol");

test("a tab whose symbols are too many together with those of others opens a stream of its own", async () => {
  const [a, b, c] = [await open("A"), await open("B"), await open("A")];
  await begin();
  installFetch(limit);
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual([roles(), made(), source().query.get("symbols")], [["leader", "alone", "follower"], 2, "B"]);
  await say("hello", HELLO);
  await say("snapshot", [tick("B", 7)], "c7");
  assert.deepEqual([held(b), b.stream.state.link, b.stream.state.status], [["B7"], "open", 0]);
  // The stream has all that the others want: nothing is refused any more.
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual([a, c].map(({ stream }) => [stream.state.link, stream.state.status]), [["open", 0], ["open", 0]]);
});

test("a leader that wants too many symbols leaves the others, and resumes with what it had", async () => {
  const [a, b] = [await open("A"), await open("B")];
  await begin();
  await add("B");
  await say("ticks", [tick("A", 3), tick("B", 2)], "c3");
  installFetch(limit);
  a.stream.add("C");
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual([roles(), made()], [["alone", "leader"], 3]);
  const opened = FakeEventSource.made.slice(1).map(({ query }) => [query.get("symbols"), query.get("lastEventId")]);
  assert.deepEqual(opened.sort(), [["A,B", "c3"], ["A", "c3"]]);
  assert.equal(b.stream.state.link, "connecting");
});

test("a tab without others that wants too many symbols keeps the stream that it has", async () => {
  const [a] = [await open("A")];
  await begin();
  installFetch(limit);
  a.stream.add("B");
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual([roles(), made(), a.stream.state.status, held(a)], [["leader"], 1, 400, ["A2"]]);
});

test("if the stream of all is refused for its length, the followers leave, and each tab asks for its own", async () => {
  const [a] = [await open("A"), await open("B")];
  const links = [];
  a.stream.onState = ({ link }) => links.push(link);
  installFetch(limit);
  source().refuse();
  await settleFetch();
  await settle();
  assert.deepEqual([roles(), links.includes("refused"), made()], [["leader", "alone"], false, 3]);
  assert.deepEqual(FakeEventSource.made.slice(1).map(({ query }) => query.get("symbols")).sort(), ["A", "B"]);
  // Without others a list is refused for itself, and tried again at the usual pace.
  source().refuse();
  FakeEventSource.made[1].refuse();
  await settleFetch();
  await settle();
  assert.deepEqual([made(), links.at(-1)], [3, "refused"]);
});

test("a tab that does not share has a stream of its own", async () => {
  await open("A");
  const alone = new Tickcast({ symbols: ["A"], share: false });
  tabs.push({ stream: alone });
  assert.deepEqual([alone.state.role, FakeEventSource.made.length], ["alone", 2]);
});

test("without Web Locks, as on plain http, each tab is alone", async () => {
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  await open("A");
  await open("A");
  assert.deepEqual([roles(), FakeEventSource.made.length], [["alone", "alone"], 2]);
});

test("a page that may not use Web Locks, as in a sandboxed frame, is alone", async () => {
  navigator.locks.request = () => Promise.reject(new DOMException("no", "SecurityError"));
  await open("A");
  assert.deepEqual([roles(), FakeEventSource.made.length, FakeChannel.open.length], [["alone"], 1, 0]);
});

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { TabGroup } from "../../web/tickcast/tab_group.js";
import {
  FakeChannel, FakeEventSource, HELLO, bar, installFetch, settle, settleFetch, source, tick,
} from "./fakes.mjs";
import { add, begin, held, losing, open, paint, pass, roles, say, tabs } from "./tabs.mjs";

test("the first tab leads, the others follow, each with its own symbols", async () => {
  const [a, b] = [await open("A"), await open("B")];
  await begin();
  await add("B");
  await say("ticks", [tick("A", 3), tick("B", 2)]);
  assert.deepEqual([roles(), FakeEventSource.made.length], [["leader", "follower"], 1]);
  assert.deepEqual([held(a), held(b)], [["A3"], ["B2"]]);
  assert.deepEqual([a.stream.state.link, b.stream.state.link, b.stream.state.gateway], ["open", "open", "gw-1"]);
  assert.deepEqual([a.stream.state.received, b.stream.state.received], [2, 1]);
});

test("bars that another tab watches already begin with the newest one", async () => {
  const [a, b] = [await open("A"), await open("A")];
  await begin();
  a.stream.watchBars(["1m"], ["A"]);
  mock.timers.tick(50);
  await settleFetch();
  await say("bar", bar("A", 60, 1), "c3");
  paint();
  const bars = [];
  b.stream.onBars = (news) => bars.push(...news);
  b.stream.watchBars(["1m"], ["A"]);
  paint();
  assert.deepEqual(bars.map(({ S, t }) => S + t), ["A60"]);
});

test("a tab that opens late has everything at once, though the gateway sends nothing", async () => {
  await open("*");
  await begin();
  await say("ticks", [tick("A", 5), tick("B", 7)]);
  const late = await open("B");
  assert.deepEqual([held(late), late.stream.state.link], [["B7"], "open"]);
});

test("a symbol that another tab has already is there as soon as it is added", async () => {
  await open("A", "B");
  const b = await open("B");
  await begin();
  await settle();
  b.stream.add("A");
  assert.deepEqual(held(b), ["A2", "B1"]);
});

test("when the leader closes, the next one resumes after the cursor with everything that was wanted", async () => {
  const [a] = [await open("A"), await open("B"), await open("C")];
  await begin();
  await add("B", "C");
  await say("ticks", [tick("A", 3), tick("B", 2), tick("C", 2)], "c3");
  a.stream.close();
  tabs.shift();
  await settle();
  assert.deepEqual([roles(), FakeEventSource.made.length], [["leader", "follower"], 2]);
  assert.deepEqual(["symbols", "lastEventId"].map((name) => source().query.get(name)), ["A,B,C", "c3"]);
  await say("hello", { ...HELLO, resumed: "replayed" });
  await say("ticks", [tick("A", 4), tick("B", 3), tick("C", 3)], "c4");
  assert.deepEqual(tabs.map(held), [["B3"], ["C3"]]);
  assert.deepEqual(tabs.map(({ stream }) => [stream.state.gaps, stream.state.link]), [[0, "open"], [0, "open"]]);
});

test("symbols that only the closed leader wanted are dropped once the others have spoken", async () => {
  const [a] = [await open("A"), await open("B")];
  await begin();
  await add("B");
  await say("ticks", [tick("B", 2)], "c3");
  a.stream.close();
  await settle();
  await say("hello", HELLO);
  const asked = installFetch({});
  await pass(3);
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual(asked.map(({ body }) => body), [{ add: [], drop: ["A"] }]);
});

test("a leader that does not answer loses its lock to a thief, and its later messages are ignored", async () => {
  const [a, b, c] = [await open("A", "B"), await open("A"), await open("B")];
  await begin();
  await say("ticks", [tick("A", 3)], "c3");
  const hung = source();
  a.channel.deaf = true;
  await pass(4);
  assert.deepEqual([b.stream.state.link, c.stream.state.link], ["connecting", "connecting"]);
  await pass(4);
  assert.notEqual(source(), hung);
  assert.equal(source().query.get("lastEventId"), "c3");
  await say("hello", { ...HELLO, resumed: "replayed" });
  assert.deepEqual([held(b), b.stream.state.link], [["A3"], "open"]);

  a.channel.deaf = false;
  await settle();
  await pass(1);
  assert.deepEqual([a.stream.state.role, a.stream.state.followers, hung.closed], ["follower", 0, true]);
  hung.say("ticks", [tick("A", 99)]);
  await say("ticks", [tick("A", 4)], "c4");
  assert.deepEqual(tabs.map(held), [["A4", "B1"], ["A4"], ["B1"]]);
  assert.equal(roles().filter((role) => role === "leader").length, 1);
});

test("a change of leaders costs a copy only for a tab that was behind", async () => {
  const [a, b, late] = [await open("*"), await open("*"), await open("*"), await open("*")];
  await begin();
  await losing(late, () => say("ticks", [tick("X", 7)], "c3"));
  const copies = [];
  const hear = new FakeChannel(b.channel.name);
  hear.onmessage = ({ data }) => data.kind === "copy" && copies.push(data.to.length);
  a.stream.close();
  await settle();
  await say("hello", { ...HELLO, resumed: "replayed" });
  await settle();
  hear.close();
  assert.deepEqual([copies, b.stream.state.role, held(late)], [[1], "leader", ["*2", "X7"]]);
});

test("a leader that nobody follows posts no events", async () => {
  const { stream, channel } = await open("A");
  const posted = [];
  const hear = new FakeChannel(channel.name);
  hear.onmessage = ({ data }) => posted.push(data.kind);
  await begin();
  hear.close();
  assert.deepEqual([posted, stream.state.role], [[], "leader"]);
});

test("the stream runs at the smallest interval that a tab wants", async () => {
  const [a, b] = [await open("A"), await open("A")];
  await begin();
  a.stream.interval = 1000;
  mock.timers.tick(50);
  assert.equal(FakeEventSource.made.length, 1);
  b.stream.interval = 500;
  await settle();
  mock.timers.tick(50);
  assert.equal(source().query.get("interval"), "500");
});

test("a tab that is gone without a message is missed at the roll call", async () => {
  const [, b] = [await open("A"), await open("B")];
  await begin();
  await add("B");
  const asked = installFetch({});
  b.channel.postMessage = () => {};
  b.stream.close();
  for (let beats = 0; beats < 15; beats += 1) {
    await pass(4);
    await say("heartbeat", { t: 1_000_000_000, feed: "live", age: 0 });
  }
  mock.timers.tick(50);
  await settleFetch();
  assert.deepEqual(asked.map(({ body }) => body.drop), [["B"]]);
});

test("a follower's hurry reaches the leader", async () => {
  const [, b] = [await open("A"), await open("A")];
  await begin();
  source().fail();
  await settle();
  assert.equal(b.stream.state.link, "waiting");
  b.stream.hurry();
  await settle();
  assert.equal(FakeEventSource.made.length, 2);
});

/** A tab without a stream, whose clock the test moves. */
function bare(symbol, told = []) {
  const replica = { subscription: { symbols: [] }, dump: () => ({}), load: () => {}, take: () => told.push("event") };
  const hear = Object.fromEntries(
    ["onLead", "onFollow", "onSubscriptions", "onPing", "onHurry", "onUnavailable", "onSilence"].map((name) => [name, () => told.push(name)]),
  );
  const wanted = { symbols: [symbol], interval: 0, bars: [] };
  return new TabGroup("https://prices.example/v1/stream", replica, () => wanted, hear);
}

test("the pings of a follower are the clock of a leader whose own timers are throttled", async () => {
  const told = [];
  const leader = bare("A", told);
  await settle();
  const follower = bare("B");
  await settle();
  for (let checks = 0; checks < 3; checks += 1) {
    follower.check();
    await settle();
  }
  assert.ok(told.includes("onPing"));
  leader.close();
  follower.close();
});

test("a tab that slept through the roll calls is asked to identify itself when it is back", async () => {
  const leader = bare("A");
  await settle();
  const follower = bare("B");
  const channel = FakeChannel.open.at(-1);
  await settle();
  const wanted = () => leader.subscriptions.flatMap(({ symbols }) => symbols);
  channel.deaf = true;
  for (let checks = 0; checks < 60; checks += 1) leader.check();
  assert.deepEqual(wanted(), ["A"]);
  channel.deaf = false;
  await settle();
  assert.deepEqual(wanted(), ["A", "B"]);
  leader.close();
  follower.close();
});

test("messages of an earlier leader are ignored", async () => {
  const told = [];
  const leader = bare("A");
  await settle();
  const follower = bare("B", told);
  const { name } = FakeChannel.open.at(-1);
  await settle();
  const old = new FakeChannel(name);
  old.postMessage({ kind: "lead", term: 7, previous: [0, 0] });
  for (let count = 1; count < 4; count += 1) old.postMessage({ kind: "event", term: 7, count, name: "ticks" });
  await settle();
  assert.deepEqual(told, []);
  leader.relay("ticks", "[]", "");
  await settle();
  assert.deepEqual(told, ["event"]);
  old.close();
  leader.close();
  follower.close();
});

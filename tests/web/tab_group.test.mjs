import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Tickcast } from "../../web/tickcast.js";
import { TabGroup } from "../../web/tickcast/tab_group.js";
import {
  FakeChannel, FakeEventSource, HELLO, bar, installBrowser, installFetch, installSharing, problem, settle, settleFetch, source,
  startClock, stopClock, tick, uninstallSharing,
} from "./fakes.mjs";

let tabs;
let paint;

beforeEach(() => {
  stopClock();
  paint = installBrowser();
  installSharing();
  installFetch({});
  tabs = [];
});

afterEach(() => {
  tabs.forEach((tab) => tab.stream.close());
  uninstallSharing();
  startClock();
});

/** Open a tab: its stream and its end of the channel. */
async function open(...symbols) {
  const stream = new Tickcast({ symbols });
  const tab = { stream, channel: FakeChannel.open.at(-1) };
  tabs.push(tab);
  await settle();
  return tab;
}

async function say(...event) {
  source().say(...event);
  await settle();
}

/** Let seconds pass. */
async function pass(seconds) {
  for (let left = seconds; left > 0; left -= 1) {
    mock.timers.tick(1_000);
    await settle();
  }
}

/** Send the first events of the leader's stream. */
async function begin() {
  await say("hello", HELLO);
  const symbols = source().query.get("symbols").split(",");
  await say("snapshot", symbols.map((S) => tick(S, 1)));
  await say("ticks", [tick(symbols[0], 2)], "c2");
}

/** Let the stream take the symbols that tabs have added. */
async function add(...symbols) {
  mock.timers.tick(50);
  await settleFetch();
  await say("symbols", { symbols: 9, added: symbols, dropped: [] });
  await say("snapshot", symbols.map((S) => tick(S, 1)));
}

const roles = () => tabs.map(({ stream }) => stream.state.role);
const held = ({ stream }) => [...stream.ticks.values()].map(({ S, q }) => S + q).sort();

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

/** Let a tab miss the messages that are posted meanwhile. */
async function losing({ channel }, happen) {
  const hear = channel.onmessage;
  channel.onmessage = () => {};
  await happen();
  channel.onmessage = hear;
}

test("a tab that has missed a message gets a copy of everything", async () => {
  const [, b] = [await open("*"), await open("*")];
  await begin();
  await losing(b, () => say("ticks", [tick("X", 7)]));
  await say("ticks", [tick("A", 4)]);
  await settle();
  assert.deepEqual([held(b), b.stream.state.gaps], [["*2", "A4", "X7"], 0]);
  await say("ticks", [tick("A", 5)]);
  assert.deepEqual([held(b), b.stream.state.gaps], [["*2", "A5", "X7"], 0]);
});

test("all tabs go over to the new epoch of a feed that lost its data, also one that missed the gap", async () => {
  const [a, b, late] = [await open("*"), await open("*"), await open("*")];
  await say("hello", { ...HELLO, epoch: "0a0a0a0a0a0a" });
  await say("snapshot", [tick("A", 413), tick("B", 20)], "c1");
  await losing(late, async () => {
    await say("gap", { reason: "feed", epoch: "0b0b0b0b0b0b" });
    await say("snapshot", [], "c2");
  });
  await say("ticks", [tick("A", 1)], "c3");
  await settle();
  for (const each of [a, b, late]) {
    const { gaps, gapReason, epoch } = each.stream.state;
    assert.deepEqual([held(each), gaps, gapReason, epoch], [["A1"], 1, "feed", "0b0b0b0b0b0b"]);
  }
});

test("ticks that a copy skips are a gap", async () => {
  const [, b] = [await open("A"), await open("A")];
  await begin();
  await losing(b, () => say("ticks", [tick("A", 3), tick("A", 4)]));
  await say("ticks", [tick("A", 5)]);
  await settle();
  assert.deepEqual([held(b), b.stream.state.gaps, b.stream.state.gapReason], [["A5"], 1, "hole"]);
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

test("a tab that has missed the last message learns of it though nothing follows", async () => {
  const [, b] = [await open("*"), await open("*")];
  await begin();
  await losing(b, () => say("ticks", [tick("X", 7)]));
  await pass(3);
  assert.deepEqual(held(b), ["*2", "X7"]);
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

test("a follower that wakes makes the leader try again", async () => {
  globalThis.document = new EventTarget();
  document.visibilityState = "visible";
  await open("A");
  // A page of its own, whose events the leader does not hear.
  const page = (globalThis.document = new EventTarget());
  page.visibilityState = "visible";
  await open("A");
  await begin();
  source().fail();
  await settle();
  page.dispatchEvent(new Event("visibilitychange"));
  await settle();
  delete globalThis.document;
  assert.equal(FakeEventSource.made.length, 2);
});

test("a follower that slept calls nothing live, nor trusts a leader that slept too, until the stream is back", async () => {
  const [a] = [await open("A")];
  const page = (globalThis.document = new EventTarget());
  page.visibilityState = "visible";
  const b = await open("A");
  delete globalThis.document;
  await begin();
  const links = [];
  b.stream.onState = ({ link }) => links.push(link);
  mock.timers.setTime(1_060_000);
  page.visibilityState = "visible";
  globalThis.document = page;
  page.dispatchEvent(new Event("visibilitychange"));
  delete globalThis.document;
  assert.equal(b.stream.state.link, "connecting");
  await settle();
  assert.deepEqual([FakeEventSource.made.length, links.includes("open")], [2, false]);
  await say("hello", HELLO);
  assert.deepEqual([a, b].map(({ stream }) => stream.state.link), ["open", "open"]);
});

test("messages that piled up for a follower during a sleep are not taken for new ones", async () => {
  const [, b] = [await open("A"), await open("A")];
  await begin();
  const links = [];
  b.stream.onState = ({ link }) => links.push(link);
  b.channel.deaf = true;
  await say("ticks", [tick("A", 3)], "c3");
  mock.timers.setTime(1_060_000);
  b.channel.deaf = false;
  await settle();
  assert.deepEqual([links[0], held(b)], ["connecting", ["A3"]]);
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

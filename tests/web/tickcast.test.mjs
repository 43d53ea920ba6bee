import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { FakeEventSource, HELLO, bar, settle, source, tick } from "./fakes.mjs";
import { bars, deafen, names, open, paint, states, stream, ticks } from "./news.mjs";

test("it requests what is wanted, with ticks in arrays", () => {
  assert.equal(source().url, "/v1/stream?interval=250&format=array&symbols=A,B*");
  stream.close();
  open();
  assert.equal(source().url, "/v1/stream?interval=0&format=array&symbols=*");
  assert.deepEqual(stream.symbols, ["*"]);
});

test("onTicks comes once per frame, with the newest tick of each symbol", () => {
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1), tick("B", 1)]);
  source().say("ticks", [tick("A", 2), tick("A", 3)]);
  source().say("tick", tick("A", 4));
  assert.deepEqual(ticks, []);
  assert.equal(paint(), 1);
  assert.deepEqual(ticks.map(names), [["A4", "B1"]]);
  assert.equal(paint(), 0);
  assert.equal(stream.state.received, 3);
  assert.equal(stream.ticks.get("A").q, 4);
});

test("onRetired and onSymbolState come at once, for the symbols of this stream", () => {
  const news = [];
  stream.onRetired = (symbols, reason) => news.push([symbols, reason]);
  stream.onSymbolState = ({ S, state }) => news.push([S, state]);
  stream.watchBars(["1m"], ["A"]);
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1), tick("B", 1), tick("X", 1)], "c1");
  source().say("state", { S: "A", state: "halted", since: 5 }, "c2");
  source().say("state", { S: "X", state: "halted", since: 5 }, "c3");
  assert.deepEqual([...stream.symbolStates.keys()], ["A"]);
  assert.deepEqual(["A", "B", "X"].map((symbol) => stream.stateOf(symbol)?.state), ["halted", undefined, undefined]);
  source().say("bar", bar("A", 60, 1), "c4");
  source().say("retired", { S: ["A", "X"], reason: "source" }, "c5");
  assert.deepEqual(news, [["A", "halted"], [["A"], "source"]]);
  paint();
  assert.deepEqual([ticks.map(names), bars, [...stream.ticks.keys()]], [[["B1"]], [], ["B"]]);
  source().say("tick", tick("A", 1), "c6");
  paint();
  assert.deepEqual([ticks.map(names).at(-1), stream.state.gaps], [["A1"], 0]);
});

test("onSymbolState tells every change: of symbols added later, after a reset, and not of those dropped", () => {
  const news = [];
  stream.close();
  open({ symbols: ["A", "B", "C"] });
  stream.onSymbolState = ({ S, state }) => news.push(`${S} ${state}`);
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1), tick("B", 1), tick("C", 1)]);
  source().say("state", { S: "A", state: "halted", since: 5 });
  source().say("state", { S: "B", state: "closed", since: 5 }, "c1");
  assert.deepEqual(news.splice(0), ["A halted", "B closed"]);
  // Until the stream is changed the replica holds what another tab may want; wanted again, it is told again.
  stream.drop("A");
  assert.deepEqual([[...stream.symbolStates.keys()], news], [["B"], []]);
  const seen = [];
  stream.onSymbolState = ({ S, state }) => {
    seen.push(`${S} ${state}`, stream.symbols.join());
    // Whatever is done within the call counts.
    stream.drop("C");
  };
  stream.add("A");
  assert.deepEqual(seen, ["A halted", "A,B,C"]);
  assert.deepEqual(stream.symbols, ["A", "B"]);
  stream.onSymbolState = ({ S, state, since }) => news.push(`${S} ${state} ${since}`);
  source().say("hello", { ...HELLO, resumed: "reset" });
  source().say("snapshot", [tick("A", 1), tick("B", 1)]);
  source().say("state", { S: "B", state: "halted", since: 9 }, "c2");
  assert.deepEqual(news, ["B halted 9", "A live 0"]);
  assert.deepEqual([...stream.symbolStates.keys()], ["B"]);
});

test("what the caller does with its lists afterwards changes nothing", () => {
  stream.close();
  const [symbols, barsOf, bars] = [["A"], ["A"], ["1m"]];
  open({ symbols, bars, barsOf });
  symbols.push("`");
  barsOf.push("`");
  bars.push("1s");
  stream.add("B");
  assert.deepEqual(stream.symbols, ["A", "B"]);
  const later = ["B"];
  stream.watchBars(["1m"], later);
  later.push("`");
  stream.add("C");
  assert.deepEqual(stream.symbols, ["A", "B", "C"]);
  assert.equal(source().query.get("bars"), "1m");
});

test("onBars comes once per frame, with the bars in order", () => {
  stream.watchBars(["1m"], ["A"]);
  source().say("bar", bar("A", 60, 1));
  source().say("bar", bar("A", 120, 1));
  source().say("bar", bar("B", 120, 1));
  source().say("bar", bar("A", 120, 1, "1s"));
  paint();
  assert.deepEqual(bars.map((news) => news.map(({ S, t }) => S + t)), [["A60", "A120"]]);
  assert.deepEqual(ticks, []);
});

test("bars that a hidden tab has no room for are one gap, reported once it is visible again", async () => {
  stream.watchBars(["1s"]);
  for (let t = 0; t <= 6_000; t += 1) source().say("bar", bar("A", t, 1, "1s"));
  await settle();
  assert.equal(stream.state.gaps, 0);
  paint();
  await settle();
  assert.deepEqual([stream.state.gaps, stream.state.gapReason, bars.at(-1).at(-1).t], [1, "hidden", 6_000]);
  source().say("bar", bar("A", 6_001, 1, "1s"));
  paint();
  assert.equal(stream.state.gaps, 1);
});

test("after a gap it is not whole until onTicks had everything that has moved", async () => {
  const told = [];
  stream.onTicks = (news) => told.push(...names(news));
  stream.onState = ({ whole }) => told.push(whole);
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1), tick("B", 1)], "c1");
  await settle();
  told.length = 0;
  source().say("gap", { reason: "feed", from: "c1", to: "c5" });
  await settle();
  source().say("snapshot", [tick("A", 5)], "c5");
  await settle();
  assert.deepEqual(told, [false, "A5", true]);
});

test("onState comes once for all that changes together, and not within the constructor", async () => {
  stream.close();
  await settle();
  deafen();
  open();
  assert.deepEqual(states, []);
  await settle();
  assert.deepEqual(states.map(({ link }) => link), ["connecting"]);
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1)], "c1");
  await settle();
  assert.deepEqual(states.map(({ link, gateway, role }) => [link, gateway, role]).at(-1), ["open", "gw-1", "alone"]);
  assert.equal(states.length, 2);
});

test("it is open once onTicks had the newest prices, and not before", async () => {
  const told = [];
  stream.onTicks = (news) => told.push(...names(news));
  stream.onState = ({ link }) => told.push(link);
  source().say("hello", HELLO);
  await settle();
  source().say("snapshot", [tick("A", 1)]);
  await settle();
  source().say("snapshot", [tick("B", 1)], "c1");
  await settle();
  // No frame was painted.
  assert.deepEqual(told, ["connecting", "A1", "B1", "open"]);
  source().fail();
  mock.timers.tick(3_000);
  source().say("hello", { ...HELLO, resumed: "replayed", replayed: 2 });
  source().say("status", { feed: "stale", age: 9, reason: "x" });
  source().say("ticks", [tick("A", 2)], "c2");
  await settle();
  assert.notEqual(told.at(-1), "open");
  source().say("ticks", [tick("A", 3)], "c3");
  await settle();
  assert.deepEqual(told.slice(-2), ["A3", "open"]);
});

test("an unannounced hole in q at interval 0 is a gap, unless only another tab wants the symbol", () => {
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1), tick("X", 1)]);
  source().say("ticks", [tick("A", 2), tick("X", 9)]);
  assert.equal(stream.state.gaps, 0);
  source().say("ticks", [tick("A", 4)]);
  assert.deepEqual([stream.state.gaps, stream.state.gapReason], [1, "hole"]);
});

test("it reports how old ticks are when they arrive, and how much has arrived", () => {
  source().say("hello", { ...HELLO, t: 990_000_000 });
  source().say("ticks", [{ ...tick("A", 1), t: 989_960_000 }]);
  assert.equal(stream.state.lag, 40);
  const came = [{ ...HELLO, t: 990_000_000 }, [{ ...tick("A", 1), t: 989_960_000 }]];
  assert.equal(stream.state.bytes, came.map((data) => JSON.stringify(data).length).reduce((a, b) => a + b));
});

test("hurry ends a wait, and leaves an open stream alone", () => {
  source().say("hello", HELLO);
  stream.hurry();
  assert.equal(FakeEventSource.made.length, 1);
  source().fail();
  stream.hurry();
  assert.equal(FakeEventSource.made.length, 2);
  mock.timers.tick(3_000);
  assert.equal(FakeEventSource.made.length, 2);
});

test("a page that is frozen or kept for 'back' closes its stream, is never called open, and resumes after the cursor", () => {
  stream.close();
  globalThis.document = new EventTarget();
  open({ symbols: ["A"] });
  source().say("hello", HELLO);
  source().say("snapshot", [tick("A", 1)], "c1");
  source().say("ticks", [tick("A", 2)], "c2");
  document.dispatchEvent(new Event("freeze"));
  assert.deepEqual([source().closed, stream.state.link], [true, "connecting"]);
  mock.timers.setTime(9_000_000);
  document.dispatchEvent(new Event("resume"));
  assert.deepEqual([source().closed, source().query.get("lastEventId")], [false, "c2"]);
  delete globalThis.document;
});

test("a closed stream stays closed", async () => {
  source().fail();
  const made = FakeEventSource.made.length;
  stream.close();
  mock.timers.tick(100_000);
  stream.add("C");
  stream.hurry();
  mock.timers.tick(100_000);
  assert.equal(FakeEventSource.made.length, made);
  await settle();
  assert.equal(states.at(-1).link, "closed");
});

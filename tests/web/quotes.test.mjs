import assert from "node:assert/strict";
import { test } from "node:test";

import { Quotes } from "../../web/page/quotes.js";

const instruments = (...known) => {
  const held = new Map(known.map((each) => [each.S, each]));
  return { held, get: (symbol) => held.get(symbol), knows: (symbol) => !held.size || held.has(symbol) };
};
const apple = { S: "AAPL", name: "Apple", tick: 0.01, ref: 100, ccy: "USD" };
const tick = (S, p, q = 1, more = {}) => ({ S, q, t: q, p, ...more });

function quotesWith(...ticks) {
  const quotes = new Quotes(instruments(apple));
  quotes.add(ticks.map(({ S }) => S));
  quotes.take(ticks);
  quotes.release();
  return quotes;
}

test("a tick waits until it is released, and only the newest is then shown", () => {
  const quotes = quotesWith(tick("AAPL", 101));
  const changes = quotes.follow();
  quotes.take([tick("AAPL", 102, 2)]);
  quotes.take([tick("AAPL", 103, 3)]);
  assert.equal(quotes.get("AAPL").tick.p, 101);
  assert.deepEqual([quotes.waiting, changes.take().size], [1, 0]);
  quotes.release();
  assert.deepEqual([quotes.get("AAPL").tick.p, quotes.get("AAPL").moved], [103, "up"]);
  assert.deepEqual([...changes.take()], ["AAPL"]);
});

test("each who follows hears of a change once, at its own pace, and none after it has left", () => {
  const quotes = quotesWith(tick("AAPL", 101), tick("MSFT", 5));
  const [often, seldom, left] = [quotes.follow(), quotes.follow(), quotes.follow()];
  quotes.unfollow(left);
  quotes.take([tick("AAPL", 102, 2)]);
  quotes.release();
  const first = often.take();
  quotes.take([tick("MSFT", 6, 2)]);
  quotes.release();
  assert.deepEqual([[...first], [...often.take()], [...seldom.take()]], [["AAPL"], ["MSFT"], ["AAPL", "MSFT"]]);
  assert.deepEqual([often.size, seldom.size, left.size], [0, 0, 0]);
});

test("a tick of a symbol that is not there, or has left, changes nothing", () => {
  const quotes = quotesWith(tick("AAPL", 101), tick("MSFT", 5));
  quotes.take([tick("NVDA", 1), tick("MSFT", 6, 2)]);
  quotes.remove(["MSFT"]);
  quotes.release();
  assert.deepEqual([...quotes.all.keys()], ["AAPL"]);
});

test("digits only grow, and a price that stands still keeps its arrow", () => {
  const quotes = quotesWith(tick("MSFT", 5.125));
  quotes.take([tick("MSFT", 6, 2)]);
  quotes.release();
  quotes.take([tick("MSFT", 6, 3)]);
  quotes.release();
  assert.deepEqual([quotes.get("MSFT").seen, quotes.get("MSFT").moved], [3, "up"]);
});

test("what is old is so until its next tick, or until it is known to be the newest", () => {
  const quotes = quotesWith(tick("AAPL", 101), tick("MSFT", 5), tick("NVDA", 7));
  quotes.markOld();
  quotes.take([tick("AAPL", 101, 2)]);
  quotes.release();
  quotes.unmarkNewest(new Map([["MSFT", quotes.get("MSFT").tick], ["NVDA", tick("NVDA", 8, 2)]]));
  assert.deepEqual(["AAPL", "MSFT", "NVDA"].map((symbol) => quotes.get(symbol).old), [false, false, true]);
});

test("a symbol that the feed does not have any more has no price, and none that waited", () => {
  const quotes = quotesWith(tick("AAPL", 101), tick("MSFT", 5));
  quotes.take([tick("MSFT", 6, 2)]);
  quotes.clearGone(new Map([["AAPL", quotes.get("AAPL").tick]]));
  quotes.release();
  assert.equal(quotes.get("MSFT").tick, undefined);
  assert.equal(quotes.get("MSFT").missing, true);
  assert.equal(quotes.get("AAPL").tick.p, 101);
});

test("a state waits for the next release, like a tick, and is taken back when it ends or the symbol leaves", () => {
  const states = new Map([["MSFT", "closed"]]);
  const quotes = new Quotes(instruments(apple), (symbol) => states.get(symbol));
  quotes.add(["AAPL", "MSFT"]);
  assert.deepEqual(["AAPL", "MSFT"].map((symbol) => quotes.get(symbol).state), [undefined, "closed"]);
  const changes = quotes.follow();
  states.set("AAPL", "halted");
  quotes.turn(["AAPL", "NVDA"]);
  assert.deepEqual([quotes.get("AAPL").state, quotes.waiting], [undefined, 2]);
  quotes.release();
  assert.deepEqual([quotes.get("AAPL").state, quotes.waiting, [...changes.take()]], ["halted", 0, ["AAPL"]]);
  // A tick does not end it.
  quotes.take([tick("AAPL", 101)]);
  quotes.release();
  assert.equal(quotes.get("AAPL").state, "halted");
  states.clear();
  quotes.turn(["AAPL"]);
  quotes.release();
  quotes.clearGone(new Map());
  assert.deepEqual(["AAPL", "MSFT"].map((symbol) => quotes.get(symbol).state), [undefined, undefined]);
});

test("sources are counted as prices come, change theirs and leave", () => {
  const quotes = quotesWith(tick("AAPL", 1, 1, { src: "sim" }), tick("MSFT", 1), tick("NVDA", 1, 1, { src: "sim" }));
  assert.deepEqual([quotes.sources.get("sim"), quotes.sources.get("")], [2, 1]);
  quotes.take([tick("AAPL", 2, 2)]);
  quotes.release();
  quotes.remove(["NVDA"]);
  assert.deepEqual([quotes.sources.get("sim"), quotes.sources.get("")], [0, 2]);
});

test("what becomes known later changes the quotes that it concerns, and no others", () => {
  const known = instruments(apple);
  const quotes = new Quotes(known);
  quotes.add(["AAPL", "MSFT"]);
  assert.equal(quotes.get("MSFT").missing, true);
  const changes = quotes.follow();
  known.held.set("MSFT", { ...apple, S: "MSFT", name: "Microsoft" });
  quotes.describe();
  assert.deepEqual([...changes.take()], ["MSFT"]);
  assert.deepEqual([quotes.get("MSFT").missing, quotes.get("MSFT").instrument.name], [false, "Microsoft"]);
});

test("one bad price is marked as old, reported once, and stops no other", () => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error);
  const quotes = quotesWith(tick("AAPL", 101), tick("MSFT", 5));
  for (const q of [2, 3]) {
    quotes.take([tick("AAPL", "bad", q), tick("MSFT", 5 + q, q)]);
    quotes.release();
  }
  assert.deepEqual([quotes.get("AAPL").tick.p, quotes.get("AAPL").old, quotes.get("MSFT").tick.p], [101, true, 8]);
  assert.equal(reported.length, 1);
});

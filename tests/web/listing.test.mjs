import assert from "node:assert/strict";
import { test } from "node:test";

import { Listing } from "../../web/page/listing.js";
import { OwnOrder } from "../../web/page/own_order.js";

/** Quotes of symbols with these prices. */
function quotesOf(prices) {
  const all = new Map();
  const set = (symbol, p, name = "") =>
    all.set(symbol, { symbol, tick: p === undefined ? undefined : { S: symbol, q: 1, t: 1, p }, instrument: { S: symbol, name } });
  for (const [symbol, p] of Object.entries(prices)) set(symbol, p);
  return { all, set, get: (symbol) => all.get(symbol) };
}

function listingOf(quotes) {
  const listing = new Listing(quotes);
  listing.fill();
  return listing;
}

test("symbols stand in the order of their names until they are sorted, and know their places", () => {
  const listing = listingOf(quotesOf({ B: 1, A: 2, C: 3 }));
  assert.deepEqual(listing.order, ["A", "B", "C"]);
  assert.deepEqual(["A", "C", "X"].map((symbol) => listing.placeOf(symbol)), [0, 2, undefined]);
});

test("what has no value comes last in both directions, and equal ones keep the order of their names", () => {
  const listing = listingOf(quotesOf({ D: 1, A: 2, C: 1, B: undefined }));
  listing.sort = { key: "last", direction: "ascending" };
  assert.deepEqual(listing.order, ["C", "D", "A", "B"]);
  listing.sort = { key: "last", direction: "descending" };
  assert.deepEqual(listing.order, ["A", "C", "D", "B"]);
  listing.sort = undefined;
  assert.deepEqual(listing.order, ["A", "B", "C", "D"]);
});

test("only what has changed is compared again, and the order is as if all were", () => {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const quotes = quotesOf(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`S${1000 + i}`, Math.floor(random() * 50)])));
  const listing = listingOf(quotes);
  listing.sort = { key: "last", direction: "descending" };
  for (let turn = 0; turn < 20; turn++) {
    const changed = Array.from({ length: 30 }, () => `S${1000 + Math.floor(random() * 500)}`);
    for (const symbol of changed) quotes.set(symbol, random() < 0.1 ? undefined : Math.floor(random() * 50));
    listing.review(new Set(changed));
    const whole = listingOf(quotes);
    whole.sort = listing.sort;
    assert.deepEqual(listing.order, whole.order);
    assert.deepEqual(listing.order.map((symbol) => listing.placeOf(symbol)), listing.order.map((_, place) => place));
  }
});

test("a review without a change of the order says so", () => {
  const quotes = quotesOf({ A: 1, B: 2 });
  const listing = listingOf(quotes);
  listing.sort = { key: "last", direction: "ascending" };
  quotes.set("A", 1.5);
  assert.equal(listing.review(["A"]), false);
  quotes.set("A", 3);
  assert.equal(listing.review(["A"]), true);
  assert.deepEqual(listing.order, ["B", "A"]);
});

test("a search finds symbols and names, also those that become known later", () => {
  const quotes = quotesOf({ AAPL: 1, MSFT: 2 });
  const listing = listingOf(quotes);
  listing.search = "apple";
  assert.deepEqual(listing.order, []);
  quotes.set("AAPL", 1, "Apple Inc.");
  assert.equal(listing.review(["AAPL"]), true);
  assert.deepEqual(listing.order, ["AAPL"]);
  listing.search = "";
  assert.deepEqual(listing.order, ["AAPL", "MSFT"]);
});

test("symbols that leave are forgotten with the next fill", () => {
  const quotes = quotesOf({ A: 1, B: 2, C: 3 });
  const listing = listingOf(quotes);
  quotes.all.delete("B");
  listing.fill();
  assert.deepEqual(listing.order, ["A", "C"]);
  assert.equal(listing.placeOf("B"), undefined);
});

test("unsorted, symbols stand in the list's own order, and a sorted list is not ordered by hand", () => {
  const list = { entries: ["C", "A", "B"] };
  const listing = listingOf(quotesOf({ A: 2, B: 2, C: 1 }));
  assert.equal(listing.byHand, false);
  listing.own = new OwnOrder(list);
  listing.fill();
  assert.deepEqual([listing.order, listing.byHand], [["C", "A", "B"], true]);
  listing.sort = { key: "last", direction: "descending" };
  assert.deepEqual([listing.order, listing.byHand], [["A", "B", "C"], false]);
  list.entries = ["B", "C", "A"];
  listing.fill();
  assert.deepEqual(listing.order, ["B", "A", "C"]);
  listing.sort = undefined;
  assert.deepEqual(listing.order, ["B", "C", "A"]);
});

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Days } from "../../web/page/days.js";
import { Quotes } from "../../web/page/quotes.js";
import { bar, installFetch, startClock, stopClock, tick } from "./fakes.mjs";

beforeEach(stopClock);
afterEach(startClock);

const day = (h) => ({ body: JSON.stringify({ bars: h === undefined ? [] : [{ ...bar("A", 0, 1, "1d"), o: 5, h, l: 1 }] }) });

function daysOf(...symbols) {
  const quotes = new Quotes({ get: () => undefined, knows: () => true });
  const come = (...names) => {
    quotes.add(names);
    quotes.take(names.map((each) => tick(each, 1, 5)));
    quotes.release();
  };
  come(...symbols);
  const days = new Days(quotes);
  const highs = () => [...quotes.all.values()].map((quote) => quote.day?.h);
  const rows = symbols.map((symbol) => ({ symbol }));
  return { quotes, days, come, highs, fill: (others) => days.fill(() => rows, others) };
}

test("a day is read at once for a symbol that was removed and has come back", async () => {
  const asked = installFetch(day(9), day(8));
  const { quotes, come, highs, fill } = daysOf("A");
  await fill();
  quotes.remove(["A"]);
  come("A");
  assert.deepEqual(highs(), [undefined]);
  await fill();
  assert.deepEqual([highs(), asked.length], [[8], 2]);
});

test("a symbol without a day is asked once a minute, like the others", async () => {
  const asked = installFetch(day(undefined), day(9));
  const { highs, fill } = daysOf("A");
  await fill();
  await fill();
  assert.deepEqual([highs(), asked.length], [[undefined], 1]);
  mock.timers.tick(60_000);
  await fill();
  assert.deepEqual([highs(), asked.length], [[9], 2]);
});

test("a feed that starts over has no day of the one before, neither read nor on its way", async () => {
  installFetch(day(9), day(9), day(7));
  const { days, highs, fill } = daysOf("A");
  await fill();
  days.startOver();
  assert.deepEqual(highs(), [undefined]);
  const reading = fill();
  days.startOver();
  await reading;
  assert.deepEqual(highs(), [7]);
});

test("to sort by the day all are read, a few at a time, and none again for an hour", async () => {
  const others = Array.from({ length: 10 }, (_, at) => `S${at}`);
  const asked = installFetch(...Array.from({ length: 60 }, () => day(9)));
  const { quotes, days, come, fill } = daysOf("A");
  come(...others);
  await fill();
  assert.deepEqual([days.known, asked.length], [1, 1]);
  const known = [];
  for (let times = 0; times < 4; times += 1) {
    await fill(quotes.all.keys());
    known.push(days.known);
  }
  assert.deepEqual([known, asked.length], [[5, 9, 11, 11], 11]);
  mock.timers.tick(60_000);
  await fill(quotes.all.keys());
  // The row alone.
  assert.equal(asked.length, 12);
});

test("days that were never read come before those that were", async () => {
  const asked = installFetch(...Array.from({ length: 60 }, () => day(9)));
  const { days, come, fill } = daysOf();
  come("OLD");
  await fill(["OLD"]);
  mock.timers.tick(3_600_000);
  const news = ["N1", "N2", "N3"];
  come(...news);
  await fill(["OLD", ...news]);
  assert.deepEqual([days.known, asked.length], [4, 4]);
  await fill(["OLD", ...news]);
  assert.equal(asked.length, 5);
});

test("the day of the chart is not read once more", async () => {
  const asked = installFetch(day(9));
  const quotes = new Quotes({ get: () => undefined, knows: () => true });
  quotes.add(["A", "B"]);
  quotes.take([tick("A", 1, 5), tick("B", 1, 5)]);
  quotes.release();
  const detail = { day: undefined };
  const days = new Days(quotes, (symbol) => (symbol === "B" ? detail : undefined));
  const rows = () => [{ symbol: "A" }, { symbol: "B" }];
  await days.fill(rows);
  assert.deepEqual([asked.length, quotes.get("B").day], [1, undefined]);
  detail.day = { t: 0, o: 5, h: 7, l: 5 };
  await days.fill(rows);
  assert.deepEqual([asked.length, quotes.get("A").day.h, quotes.get("B").day.h], [1, 9, 7]);
});

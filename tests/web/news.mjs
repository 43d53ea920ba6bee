/** A stream of this page, and what it has told. */

import { afterEach, beforeEach } from "node:test";

import { Tickcast } from "../../web/tickcast.js";
import { installBrowser, startClock, stopClock } from "./fakes.mjs";

export let paint;
export let stream;
export let ticks;
export let bars;
export let states;

beforeEach(() => {
  stopClock();
  paint = installBrowser();
  [ticks, bars, states] = [[], [], []];
  open({ symbols: ["A", "B*"], interval: 250 });
});

afterEach(() => {
  stream.close();
  startClock();
});

/** Open a stream, whose news the test hears. */
export function open(options) {
  stream = new Tickcast({
    ...options,
    onTicks: (news) => ticks.push(news),
    onBars: (news) => bars.push(news),
    onState: (state) => states.push(state),
  });
}

export const names = (list) => list.map(({ S, q }) => S + q);

/** Forget which states the test has heard. */
export function deafen() {
  states = [];
}

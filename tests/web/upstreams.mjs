/** An upstream, and what it asks for. */

import { afterEach, beforeEach, mock } from "node:test";

import { Replica } from "../../web/tickcast/replica.js";
import { Upstream } from "../../web/tickcast/upstream.js";
import { HELLO, installBrowser, settleFetch, source, startClock, stopClock, tick } from "./fakes.mjs";

export let replica;
export let upstream;
export let holes;

beforeEach(() => {
  stopClock();
  installBrowser();
  holes = [];
  const ignore = () => {};
  replica = new Replica({
    onTick: ignore, onBar: ignore, onForget: ignore, onGap: ignore, onState: ignore,
    onHole: (symbols) => holes.push(...symbols),
  });
  upstream = new Upstream("/v1/stream", replica, (...event) => replica.take(...event));
});

afterEach(() => {
  upstream.stop();
  startClock();
});

export const subscription = (symbols, more = {}) => ({ symbols, interval: 0, bars: [], ...more });

/** Subscribe to `symbols`, and send the events that cover them. */
export function run(symbols, more) {
  upstream.subscribe(subscription(symbols, more));
  upstream.start();
  source().say("hello", HELLO);
  source().say("snapshot", symbols.map((S) => tick(S, 1)), "c1");
  source().say("ticks", [tick(symbols[0], 2)], "c2");
  mock.timers.tick(50);
}

/** Subscribe to something else, and let the time pass in which changes are gathered. */
export async function want(symbols, more) {
  upstream.subscribe(subscription(symbols, more));
  mock.timers.tick(50);
  await settleFetch();
}

export const asks = () => source().query.get("symbols");
export const cursor = () => source().query.get("lastEventId");

/** Tabs of one browser, which share a stream. */

import { afterEach, beforeEach, mock } from "node:test";

import { Tickcast } from "../../web/tickcast.js";
import {
  FakeChannel, HELLO, installBrowser, installFetch, installSharing, settle, settleFetch, source, startClock, stopClock, tick, uninstallSharing,
} from "./fakes.mjs";

export let tabs;
export let paint;

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
export async function open(...symbols) {
  const stream = new Tickcast({ symbols });
  const tab = { stream, channel: FakeChannel.open.at(-1) };
  tabs.push(tab);
  await settle();
  return tab;
}

export async function say(...event) {
  source().say(...event);
  await settle();
}

/** Let seconds pass. */
export async function pass(seconds) {
  for (let left = seconds; left > 0; left -= 1) {
    mock.timers.tick(1_000);
    await settle();
  }
}

/** Send the first events of the leader's stream. */
export async function begin() {
  await say("hello", HELLO);
  const symbols = source().query.get("symbols").split(",");
  await say("snapshot", symbols.map((S) => tick(S, 1)));
  await say("ticks", [tick(symbols[0], 2)], "c2");
}

/** Let the stream take the symbols that tabs have added. */
export async function add(...symbols) {
  mock.timers.tick(50);
  await settleFetch();
  await say("symbols", { symbols: 9, added: symbols, dropped: [] });
  await say("snapshot", symbols.map((S) => tick(S, 1)));
}

export const roles = () => tabs.map(({ stream }) => stream.state.role);
export const held = ({ stream }) => [...stream.ticks.values()].map(({ S, q }) => S + q).sort();

/** Let a tab miss the messages that are posted meanwhile. */
export async function losing({ channel }, happen) {
  const hear = channel.onmessage;
  channel.onmessage = () => {};
  await happen();
  channel.onmessage = hear;
}

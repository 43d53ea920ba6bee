/**
 * Live prices in React: `useTicks` and `useFeedState`. One stream serves all components that use the same feed.
 *
 *     const ticks = useTicks(["AAPL", "MSFT"]);
 *     const { link, feed } = useFeedState();
 *
 * @typedef {import("./tickcast/types.js").Tick} Tick
 * @typedef {import("./tickcast/types.js").State} State
 * @typedef {import("./tickcast/types.js").Options} Options
 *
 * @typedef {object} Watch what one component sees of a feed, as `useSyncExternalStore` takes it
 * @property {(onChange: () => void) => () => void} subscribe
 * @property {() => ReadonlyMap<string, Tick>} ticks the same Map until one of its ticks changes
 */

import { useMemo, useSyncExternalStore } from "react";

import { INITIAL_STATE } from "./tickcast/shared_state.js";
import { normalizeSymbols } from "./tickcast/subscription.js";
import { fold } from "./tickcast/symbol.js";
import { ticksOf, Watchers } from "./tickcast/watchers.js";
import { Tickcast } from "./tickcast.js";

/** ms that symbols stay after their last component has left: one that is drawn again, or elsewhere, needs them. */
const GRACE = 1_000;

/** @type {Readonly<State>} */
const IDLE = Object.freeze({
  ...INITIAL_STATE, role: "alone", followers: 0, gaps: 0, gapReason: "", whole: false, lag: 0, received: 0, bytes: 0,
});

/** @type {ReadonlyMap<string, Tick>} */
const NOTHING = new Map();

/** The feed of all components that name the same one. Its stream runs while any of them watches symbols. */
export class Feed {
  #options;
  /** @type {Tickcast | undefined} */
  #stream;
  /** How many components watch each symbol or pattern. @type {Map<string, number>} */
  #watched = new Map();
  #watchers = new Watchers();
  /** @type {Set<() => void>} */
  #stateListeners = new Set();
  #state = IDLE;

  /** @param {Omit<Options, "symbols" | "onTicks" | "onBars" | "onRetired" | "onSymbolState" | "onState">} [options] */
  constructor(options = {}) {
    this.#options = options;
  }

  /** The state of the stream; that of a stream that is connecting while there is none. @returns {Readonly<State>} */
  state = () => this.#state;

  /**
   * Call a function after each change of the state; return how to end that.
   *
   * @param {() => void} onChange
   */
  onState = (onChange) => {
    this.#stateListeners.add(onChange);
    return () => void this.#stateListeners.delete(onChange);
  };

  /**
   * Return what a component sees of some symbols.
   *
   * @param {readonly string[]} symbols
   * @returns {Watch}
   * @throws {RangeError} if one can be no symbol
   */
  watch(symbols) {
    normalizeSymbols(symbols.map((symbol) => fold(symbol, "upper")));
    let ticks = NOTHING;
    const refresh = () => {
      ticks = ticksOf(this.#stream?.ticks ?? NOTHING, symbols.map((symbol) => fold(symbol, this.#state.case)));
    };
    return {
      ticks: () => ticks,
      subscribe: (onChange) => {
        this.#join(symbols);
        refresh();
        if (ticks.size) onChange();
        const take = () => {
          refresh();
          onChange();
        };
        this.#watchers.add(take, symbols);
        return () => {
          this.#watchers.remove(take);
          setTimeout(() => this.#leave(symbols), GRACE);
        };
      },
    };
  }

  /** @param {readonly string[]} symbols */
  #join(symbols) {
    const added = symbols.filter((symbol) => !this.#watched.has(symbol));
    for (const symbol of symbols) this.#watched.set(symbol, (this.#watched.get(symbol) ?? 0) + 1);
    if (this.#stream) this.#stream.add(...added);
    else if (added.length) this.#stream = this.#open(added);
  }

  /** @param {readonly string[]} symbols */
  #leave(symbols) {
    for (const symbol of symbols) this.#watched.set(symbol, (this.#watched.get(symbol) ?? 0) - 1);
    const dropped = symbols.filter((symbol) => (this.#watched.get(symbol) ?? 0) <= 0);
    for (const symbol of dropped) this.#watched.delete(symbol);
    if (this.#watched.size) this.#stream?.drop(...dropped);
    else this.#close();
  }

  /** @param {string[]} symbols */
  #open(symbols) {
    return new Tickcast({
      ...this.#options,
      symbols,
      onTicks: (ticks) => this.#tell(this.#watchers.of(ticks)),
      onRetired: () => this.#tell(this.#watchers.all),
      onState: (state) => this.#setState(state),
    });
  }

  #close() {
    this.#stream?.close();
    this.#stream = undefined;
    this.#setState(IDLE);
  }

  /** @param {Iterable<() => void>} watchers whose ticks may have changed */
  #tell(watchers) {
    for (const take of watchers) take();
  }

  /** @param {Readonly<State>} state */
  #setState(state) {
    // A stream that was closed reports it late.
    if (!this.#stream && state !== IDLE) return;
    const { epoch, case: letters } = this.#state;
    this.#state = state;
    this.#watchers.case = state.case;
    if (epoch !== state.epoch || letters !== state.case) this.#tell(this.#watchers.all);
    for (const onChange of [...this.#stateListeners]) onChange();
  }
}

/** @type {Feed | undefined} */
let own;

/** The feed of components that name none: of the gateway that the module came from, else of this origin. */
function ownFeed() {
  return (own ??= new Feed());
}

/**
 * Return the newest tick of each symbol that has one, and draw the component again when one of them changes: once per
 * animation frame at most.
 *
 * @param {readonly string[]} symbols and patterns; an array with the same content is the same
 * @param {Feed} [feed]
 * @returns {ReadonlyMap<string, Tick>}
 * @throws {RangeError} if one can be no symbol
 */
export function useTicks(symbols, feed = ownFeed()) {
  const key = JSON.stringify([...new Set(symbols)].sort());
  const watch = useMemo(() => feed.watch(JSON.parse(key)), [feed, key]);
  return useSyncExternalStore(watch.subscribe, watch.ticks, () => NOTHING);
}

/**
 * Return the state of the feed. Prices are live only while `link` is `open`, `feed` is `live` and nothing is `heldBack`.
 *
 * @param {Feed} [feed]
 * @returns {Readonly<State>}
 */
export function useFeedState(feed = ownFeed()) {
  return useSyncExternalStore(feed.onState, feed.state, () => IDLE);
}

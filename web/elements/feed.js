/**
 * One stream for all elements of a page that name the same address: which symbols it has, and whom a change concerns.
 *
 * @typedef {object} Reader an element that shows prices
 * @property {ShadowRoot} root
 * @property {string[]} symbols checked names and patterns
 * @property {number} interval ms
 * @property {(symbol: string) => void} showSymbol a price, its name or its state has changed
 * @property {() => void} showAll anything may have changed
 */

/** @typedef {import("../tickcast.js").Tick} Tick */
/** @typedef {import("../page/instruments.js").Instrument} Instrument */

import { Tickcast } from "../tickcast.js";
import { fold, isPattern } from "../tickcast/symbol.js";
import { selector } from "../tickcast/subscription.js";
import { Descriptions } from "./descriptions.js";
import { standingOf } from "./standing.js";
import { Voice } from "./voice.js";

/** @type {Map<string, Feed>} by address of the stream */
const feeds = new Map();

/**
 * Return the feed at an address. All that ask for one address get the same.
 *
 * @param {string} url of the stream
 */
export function feedAt(url) {
  const found = feeds.get(url) ?? new Feed(url);
  feeds.set(url, found);
  return found;
}

class Feed {
  /** @type {Tickcast | undefined} none while nobody reads */
  #stream;
  /** @type {Set<Reader>} */
  #readers = new Set();
  /** @type {Map<string, Set<Reader>>} readers of each name, in the case of the feed */
  #byName = new Map();
  /** @type {{reader: Reader, selects: (symbol: string) => boolean}[]} readers of patterns */
  #byPattern = [];
  /** @type {string[]} what the stream was asked for */
  #wanted = [];
  /** @type {Set<string>} */
  #gone = new Set();
  /** @type {import("../tickcast/symbol.js").Case} */
  #case = "upper";
  #planned = false;
  /** How often the stream has come back or lost ticks: what describes the symbols may be others then. */
  #upheavals = "";
  #voice = new Voice();
  #descriptions;
  #url;

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
    this.#descriptions = new Descriptions(url, (symbol) => this.#tell(symbol));
  }

  /** @param {Reader} reader one that is new, or has other symbols now */
  join(reader) {
    this.#readers.add(reader);
    this.#plan();
  }

  /** @param {Reader} reader */
  leave(reader) {
    this.#readers.delete(reader);
    this.#plan();
  }

  /**
   * Return a name or pattern in the case of the feed.
   *
   * @param {string} symbol
   */
  fold(symbol) {
    return fold(symbol, this.#case);
  }

  /**
   * Return what is known of a symbol, in the case of the feed.
   *
   * @param {string} symbol
   */
  quote(symbol) {
    return {
      symbol,
      tick: this.#stream?.ticks.get(symbol),
      instrument: this.#descriptions.get(symbol),
      standing: this.#standing(symbol),
    };
  }

  /**
   * Return the symbols with a price that a pattern covers.
   *
   * @param {string[]} symbols names and patterns
   */
  matching(symbols) {
    return [...(this.#stream?.ticks.keys() ?? [])].filter(selector(symbols));
  }

  /** @param {string} symbol */
  #standing(symbol) {
    const stream = this.#stream;
    if (!stream) return { state: /** @type {const} */ ("connecting"), text: "connecting", title: "Connecting" };
    return standingOf(stream.state, {
      priced: stream.ticks.has(symbol),
      asked: stream.lacks(symbol),
      gone: this.#gone.has(symbol),
      state: stream.stateOf(symbol)?.state,
    });
  }

  /** Elements come and go many at a time: the stream is changed once for all of them. */
  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      this.#follow();
    });
  }

  #follow() {
    this.#index();
    this.#voice.moveTo([...this.#readers][0]?.root);
    const wanted = [...new Set([...this.#readers].flatMap(({ symbols }) => symbols.map((each) => this.fold(each))))];
    if (!wanted.length) this.#stop();
    else if (this.#stream) this.#change(this.#stream, wanted);
    else this.#start(wanted);
    this.#wanted = wanted;
    this.#descriptions.want(wanted);
    for (const reader of this.#readers) reader.showAll();
  }

  #index() {
    this.#byName.clear();
    this.#byPattern = [];
    for (const reader of this.#readers) {
      const symbols = reader.symbols.map((each) => this.fold(each));
      for (const name of symbols.filter((each) => !isPattern(each))) {
        const others = this.#byName.get(name) ?? new Set();
        this.#byName.set(name, others.add(reader));
      }
      const patterns = symbols.filter(isPattern);
      if (patterns.length) this.#byPattern.push({ reader, selects: selector(patterns) });
    }
  }

  /** @param {string[]} wanted */
  #start(wanted) {
    this.#stream = new Tickcast({
      url: this.#url,
      symbols: wanted,
      interval: this.#interval(),
      onTicks: (ticks) => this.#take(ticks),
      onSymbolState: ({ S }) => this.#tell(S),
      onRetired: (symbols) => this.#retire(symbols),
      onState: () => this.#followState(),
    });
  }

  #stop() {
    this.#stream?.close();
    this.#stream = undefined;
    this.#gone.clear();
  }

  /**
   * @param {Tickcast} stream
   * @param {string[]} wanted
   */
  #change(stream, wanted) {
    const [before, after] = [new Set(this.#wanted), new Set(wanted)];
    const added = wanted.filter((each) => !before.has(each));
    const dropped = [...before].filter((each) => !after.has(each));
    // In this order: a name that a dropped pattern covered keeps its price.
    if (added.length) stream.add(...added);
    if (dropped.length) stream.drop(...dropped);
    if (stream.interval !== this.#interval()) stream.interval = this.#interval();
  }

  #interval() {
    return Math.min(...[...this.#readers].map(({ interval }) => interval));
  }

  /** @param {Tick[]} ticks */
  #take(ticks) {
    for (const { S } of ticks) {
      this.#gone.delete(S);
      this.#tell(S);
    }
  }

  /** @param {string[]} symbols */
  #retire(symbols) {
    for (const symbol of symbols) {
      this.#gone.add(symbol);
      this.#tell(symbol);
    }
  }

  /** @param {string} symbol */
  #tell(symbol) {
    for (const reader of this.#byName.get(symbol) ?? []) reader.showSymbol(symbol);
    for (const { reader, selects } of this.#byPattern) if (selects(symbol)) reader.showSymbol(symbol);
  }

  #followState() {
    const stream = this.#stream;
    if (!stream) return;
    const { state } = stream;
    if (state.case !== this.#case) {
      this.#case = state.case;
      this.#plan();
    }
    const upheavals = `${state.epoch} ${state.reconnects} ${state.gaps}`;
    if (this.#upheavals && upheavals !== this.#upheavals) this.#descriptions.renew();
    this.#upheavals = upheavals;
    this.#voice.say(state);
    for (const reader of this.#readers) reader.showAll();
  }
}

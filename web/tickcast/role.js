/**
 * Where a tab's events come from: a connection of its own, or the tab that has one for all.
 *
 * @typedef {import("./types.js").Wish} Wish
 * @typedef {import("./replica.js").Replica} Replica
 */

import { Tabs } from "./tab_group.js";
import { Trunk } from "./upstream.js";
import { unite } from "./subscription.js";

/** Statuses of a stream, or of a change of it, that asks for too many symbols. */
const TOO_MANY = new Set([400, 413]);

export class Sharing {
  #url;
  #share;
  #replica;
  #wish;
  #trunk;
  /** @type {Tabs | undefined} */
  #tabs;

  /**
   * @param {string} url of the stream
   * @param {boolean} share with the other tabs, where the browser lets them agree
   * @param {Replica} replica takes the events
   * @param {() => Wish} wish of this tab
   */
  constructor(url, share, replica, wish) {
    this.#url = url;
    this.#share = share && canShare();
    this.#replica = replica;
    this.#wish = wish;
    this.#trunk = new Trunk(url, replica, (...event) => this.#deliver(...event));
  }

  /** @returns {"alone" | "leader" | "follower"} */
  get role() {
    return this.#tabs?.role ?? "alone";
  }

  /** Other tabs that are known to take part; a leader knows them. */
  get followers() {
    return (this.#tabs?.wishes.length ?? 1) - 1;
  }

  /** Begin, or come back. */
  join() {
    if (!this.#share) {
      this.#trunk.want(unite([this.#wish()]));
      this.#trunk.start();
      return;
    }
    const wants = () => this.#leads && this.#tabs && this.#trunk.want(unite(this.#tabs.wishes));
    this.#tabs = new Tabs(String(new URL(this.#url, location.href)), this.#replica, this.#wish, {
      onLead: () => {
        wants();
        this.#trunk.start();
      },
      onFollow: () => {
        this.#trunk.stop();
        this.#replica.tell({ link: "connecting" });
      },
      onWishes: wants,
      onPing: () => this.#trunk.look(),
      onHurry: () => this.#trunk.hurry(),
      onUnable: () => this.#standAlone(),
      onSilence: () => this.#replica.tell({ link: "connecting" }),
    });
  }

  /** Let go of the stream and of the other tabs; `join` comes back. */
  leave() {
    this.#trunk.stop();
    this.#tabs?.close();
    this.#tabs = undefined;
    // The first thing that is seen after the sleep must not be called live.
    this.#replica.tell({ link: "connecting" });
  }

  /** Take note that this tab wants something else. */
  change() {
    if (this.#leads) this.#trunk.want(unite(this.#tabs?.wishes ?? [this.#wish()]));
    else this.#tabs?.tellWish();
  }

  /** Part with the other tabs where the gateways refuse what this one wants only because of what those want. */
  part() {
    const { line, coverage } = this.#replica;
    const accompanied = this.#tabs && (!this.#leads || this.followers > 0);
    if (!this.#tabs || !accompanied || !TOO_MANY.has(line.status)) return;
    if (line.link === "refused" && this.#leads) {
      // They leave as well when they hear of it.
      this.#tabs.dismiss();
      this.#trunk.want(unite([this.#wish()]));
      this.#trunk.hurry();
    } else if (line.link === "refused") this.#standAlone();
    else if (line.link === "open" && !coverage.covers(this.#wish().symbols)) this.#standAlone();
  }

  /** Try again now instead of after the wait. */
  hurry() {
    if (this.#leads) this.#trunk.hurry();
    else this.#tabs?.hurry();
  }

  /** Look whether all that should be heard of is; call it once a second. */
  look() {
    this.#tabs?.look();
    this.#trunk.look();
  }

  /** Take up again what a sleep has broken. */
  wake() {
    this.#trunk.wake();
    this.#tabs?.wake();
    if (this.role === "follower" && this.#replica.line.link !== "open") this.#tabs?.hurry();
  }

  get #leads() {
    return this.role !== "follower";
  }

  #standAlone() {
    // A page that is being closed loses its locks too.
    if (!this.#tabs) return;
    this.#share = false;
    this.leave();
    this.join();
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {string} lastEventId
   */
  #deliver(name, text, lastEventId) {
    if (this.role === "leader") this.#tabs?.relay(name, text, lastEventId);
    this.#replica.take(name, text, lastEventId);
  }
}

/** @returns {boolean} whether this browser lets tabs agree on one stream; plain http elsewhere does not */
function canShare() {
  return Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel && globalThis.location);
}

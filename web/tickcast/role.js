/**
 * The role of this tab: alone with a stream of its own, leader of the tabs that share one, or follower. Decides every
 * change of role, and where the events of this tab come from.
 *
 * @typedef {import("./types.js").Subscription} Subscription
 * @typedef {import("./replica.js").Replica} Replica
 */

import { unite } from "./subscription.js";
import { TabGroup } from "./tab_group.js";
import { Upstream } from "./upstream.js";

/** HTTP statuses of a stream, or of a patch, that asks for too many symbols. */
const TOO_MANY = new Set([400, 413]);

export class Role {
  #share;
  /** What the tabs that share a stream have in common. */
  #name;
  #replica;
  #subscription;
  #upstream;
  /** @type {TabGroup | undefined} */
  #group;

  /**
   * @param {string} url of the stream
   * @param {boolean} share a stream with the other tabs, where the browser can
   * @param {Replica} replica takes in the events
   * @param {() => Subscription} subscription of this tab
   * @param {import("./credentials.js").Credentials} [credentials] what this tab shows of itself
   */
  constructor(url, share, replica, subscription, credentials) {
    // A token may allow this tab other symbols than the others; the cookie is that of all of them.
    this.#share = share && canShare() && !credentials?.hasTokens;
    // Another origin knows those that send cookies from those that do not.
    this.#name = () => String(new URL(url, location.href)) + (credentials?.sendsCookies ? "#cookies" : "");
    this.#replica = replica;
    this.#subscription = subscription;
    this.#upstream = new Upstream(url, replica, (...event) => this.#deliver(...event), credentials);
  }

  /** @returns {"alone" | "leader" | "follower"} */
  get name() {
    return this.#group?.role ?? "alone";
  }

  /** Number of other tabs that listen to this one's stream. */
  get followers() {
    return (this.#group?.subscriptions.length ?? 1) - 1;
  }

  /** Begin, or come back after `leave`. */
  join() {
    if (!this.#share) {
      this.#upstream.subscribe(unite([this.#subscription()]));
      this.#upstream.start();
      return;
    }
    const subscribe = () => this.#leads && this.#group && this.#upstream.subscribe(unite(this.#group.subscriptions));
    this.#group = new TabGroup(this.#name(), this.#replica, this.#subscription, {
      onLead: () => {
        subscribe();
        this.#upstream.start();
      },
      onFollow: () => {
        this.#upstream.stop();
        this.#replica.setState({ link: "connecting" });
      },
      onSubscriptions: subscribe,
      onPing: () => this.#upstream.check(),
      onHurry: () => this.#upstream.hurry(),
      onUnavailable: () => this.#standAlone(),
      onSilence: () => this.#replica.setState({ link: "connecting" }),
    });
  }

  /** Let go of the stream and of the other tabs. */
  leave() {
    this.#upstream.stop();
    this.#group?.close();
    this.#group = undefined;
    // After a sleep, what is seen first must not be called live.
    this.#replica.setState({ link: "connecting" });
  }

  /** The subscription of this tab has changed: bring the stream to it. */
  resubscribe() {
    if (this.#leads) this.#upstream.subscribe(unite(this.#group?.subscriptions ?? [this.#subscription()]));
    else this.#group?.subscribe();
  }

  /** Part with the other tabs if the gateways refuse this tab's symbols only because of those of the others. */
  partIfRefused() {
    const { state, coverage } = this.#replica;
    const hasOthers = this.#group && (!this.#leads || this.followers > 0);
    if (!this.#group || !hasOthers || !TOO_MANY.has(state.status)) return;
    if (state.link === "refused" && this.#leads) {
      // The followers part too when they hear of it.
      this.#group.dismiss();
      this.#upstream.subscribe(unite([this.#subscription()]));
      this.#upstream.hurry();
    } else if (state.link === "refused") this.#standAlone();
    else if (state.link === "open" && !coverage.covers(this.#subscription().symbols)) this.#standAlone();
  }

  /** Try again now instead of after the wait. */
  hurry() {
    if (this.#leads) this.#upstream.hurry();
    else this.#group?.hurry();
  }

  /** Check that the stream and the other tabs are alive; call it once a second. */
  check() {
    this.#group?.check();
    this.#upstream.check();
  }

  /** Restore what a sleep has broken. */
  wake() {
    this.#upstream.wake();
    this.#group?.wake();
    if (this.name === "follower" && this.#replica.state.link !== "open") this.#group?.hurry();
  }

  get #leads() {
    return this.name !== "follower";
  }

  #standAlone() {
    // A page that is being closed loses its locks too.
    if (!this.#group) return;
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
    if (this.name === "leader") this.#group?.relay(name, text, lastEventId);
    this.#replica.take(name, text, lastEventId);
  }
}

/** Tell whether this browser has what tabs need to share a stream. Plain http has not, except on localhost. */
function canShare() {
  return Boolean(globalThis.navigator?.locks && globalThis.BroadcastChannel && globalThis.location);
}

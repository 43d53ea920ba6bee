/** The server's clock, as well as it can be estimated here. */

/** ms by which a tick's own time may correct the estimate: more means that the source's clock is wrong. */
const MAX_CORRECTION = 5_000;

export class ServerClock {
  /** ms that this computer's clock seems to be ahead of the server's; too large by the way of an event to here. */
  ahead = Infinity;

  /**
   * Take in the time of the server's clock when it sent an event that arrives now.
   *
   * @param {number} micros µs since the epoch
   * @param {number} now ms since the epoch, here
   */
  hear(micros, now) {
    // The event that was fastest on its way is nearest to the truth.
    this.ahead = Math.min(this.ahead, now - micros / 1000);
  }

  /** Forget the estimate: since the last connection either clock may have been set. */
  reset() {
    this.ahead = Infinity;
  }

  /**
   * Return how many ms ago a tick's own time was, by the server's clock. It cannot lie in the future there, so it may
   * also show that the server's clock is further on than estimated.
   *
   * @param {number} micros µs since the epoch
   * @param {number} now ms since the epoch, here
   */
  since(micros, now) {
    if (this.ahead - (now - micros / 1000) < MAX_CORRECTION) this.hear(micros, now);
    return Math.max(0, now - this.ahead - micros / 1000);
  }
}

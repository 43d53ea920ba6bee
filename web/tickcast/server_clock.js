/** The server's clock, as far as it can be told from here. */

/** ms by which a tick's own time may correct what is known: more than that is a source whose clock is wrong. */
const MOST = 5_000;

export class ServerClock {
  /** ms by which this clock seems ahead of the server's; too large by the time that an event took here. */
  ahead = Infinity;

  /**
   * Take in what the server's clock showed when it sent something that has come now.
   *
   * @param {number} micros µs since the epoch
   * @param {number} now ms since the epoch, here
   */
  hear(micros, now) {
    // The one that was fastest on its way is the nearest to the truth.
    this.ahead = Math.min(this.ahead, now - micros / 1000);
  }

  /** Forget what was heard: since the last connection either clock may have been set. */
  doubt() {
    this.ahead = Infinity;
  }

  /**
   * Return how many ms ago by the server's clock `micros` was, a tick's own time. That is not in the future there,
   * so it may show that the server's clock is further on.
   *
   * @param {number} micros µs since the epoch
   * @param {number} now ms since the epoch, here
   */
  since(micros, now) {
    if (this.ahead - (now - micros / 1000) < MOST) this.hear(micros, now);
    return Math.max(0, now - this.ahead - micros / 1000);
  }
}

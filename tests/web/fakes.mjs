/** What a browser gives tickcast.js, under the test's control. */

/** An EventSource that hears what the test says. */
export class FakeEventSource extends EventTarget {
  static made = [];
  closed = false;

  constructor(url) {
    super();
    this.url = url;
    FakeEventSource.made.push(this);
  }

  /** The query of its address. */
  get query() {
    return new URLSearchParams(this.url.split("?")[1]);
  }

  say(name, data, lastEventId = "") {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data), lastEventId }));
  }

  fail() {
    this.onerror?.(new Event("error"));
  }

  close() {
    this.closed = true;
  }
}

/** Install the fakes; return the function that paints a frame. */
export function installBrowser() {
  FakeEventSource.made = [];
  globalThis.EventSource = FakeEventSource;
  let frames = [];
  globalThis.requestAnimationFrame = (draw) => frames.push(draw);
  globalThis.cancelAnimationFrame = () => (frames = []);
  return () => {
    const due = frames;
    frames = [];
    due.forEach((draw) => draw());
    return due.length;
  };
}

/** The newest EventSource made. */
export const source = () => FakeEventSource.made.at(-1);

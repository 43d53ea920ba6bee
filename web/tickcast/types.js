/**
 * The types of tickcast.js, and no code.
 *
 * @typedef {object} Tick
 * @property {string} S symbol
 * @property {number} q sequence of the symbol: 1 more with each tick of an epoch
 * @property {number} t source time, µs since the epoch
 * @property {number} p last price
 * @property {number} [s] last size
 * @property {number} [bp] best bid
 * @property {number} [bs] its size
 * @property {number} [ap] best ask
 * @property {number} [as] its size
 * @property {number} [v] volume of the day
 * @property {"sim" | "rec"} [src] where the price comes from, if it is not real: a simulator, or a recording
 *
 * @typedef {object} SymbolState
 * @property {string} S symbol
 * @property {"live" | "stale" | "halted" | "closed" | "suspect"} state
 * @property {number} since µs since the epoch; 0: not known
 *
 * @typedef {"1s" | "1m" | "15m" | "1d"} BarInterval those of a stream
 *
 * @typedef {object} Bar
 * @property {string} S symbol
 * @property {BarInterval} i interval
 * @property {number} t start, µs since the epoch: a multiple of the interval; of a day, the start of its session
 * @property {number} o open
 * @property {number} h high
 * @property {number} l low
 * @property {number} c close
 * @property {number} [v] traded volume; missing if the source reports none
 * @property {number} n number of ticks in it; `q - n` is the `q` of the bar before
 * @property {number} q sequence of its last tick
 *
 * @typedef {object} Subscription what one tab, or several together, want of the stream
 * @property {string[]} symbols sorted, without duplicates; `*` and `A*` are patterns and stand for all that they match
 * @property {number} interval ms; 0: every tick
 * @property {BarInterval[]} bars
 * @property {string[]} [barsOf] symbols of the bars; missing: those of `symbols`
 *
 * @typedef {object} SharedState what all tabs that share a stream have in common
 * @property {"connecting" | "open" | "waiting" | "refused" | "closed"} link `open`: the newest prices have
 *   arrived; `waiting`: disconnected or put off, the next attempt is at `retryAt`; `refused`: the same, but the next
 *   attempt is unlikely to succeed until something is changed
 * @property {number} status HTTP status of a refusal, else 0
 * @property {string} detail text of the refusal
 * @property {number} retryAt time of the next attempt, ms since the epoch
 * @property {number} attempts failed attempts since the stream was last open
 * @property {number} reconnects how often the stream came back after a disconnection
 * @property {"live" | "stale"} feed as the gateway reports it
 * @property {string} reason why the feed is stale, or why the gateway said `bye`
 * @property {number} quietSince when this page first heard that the feed is stale, ms since the epoch by this
 *   computer's clock; 0 while it is live
 * @property {boolean} heldBack something on the way, such as a proxy, holds the stream back although the server answers:
 *   while `link` is not `open`, the newest ticks are asked for every few seconds, and those between are not seen
 * @property {string} epoch epoch of the feed, to which all ticks held belong: `q` begins again with a new one; empty:
 *   unknown
 * @property {string} gateway id of the gateway
 * @property {string} stream id of the stream; whoever knows it may change the stream
 * @property {string} name of the feed; empty: unknown
 * @property {string} source where the prices come from, such as `simulated`; empty: unknown
 * @property {number} delay ms by which all prices are late; 0: they are those of now
 * @property {"upper" | "keep"} case whether the feed makes the letters of symbols upper-case or keeps their case;
 *   `upper` until a gateway has said it
 * @property {number} interval granted interval, ms
 *
 * @typedef {object} TabState what each tab has of its own
 * @property {"alone" | "leader" | "follower"} role `follower`: the stream belongs to another tab
 * @property {number} followers other tabs that listen to the stream of this one; a change of it causes no `onState`
 * @property {number} gaps how often ticks or bars were lost for good
 * @property {string} gapReason why, the last time: `slow`, `retention` or `feed` as the gateway says;
 *   `reset`: away for too long; `hole`: a tick is missing and no gap was announced; `hidden`: more bars than a hidden
 *   tab keeps, reported once it is visible again; `polled`: ticks were not seen, as the stream is held back
 * @property {boolean} whole the newest tick of every symbol is held: `false` at first, and from a gap until the
 *   snapshot after it has arrived
 * @property {number} lag age of the newest tick when it arrived: ms since its own time, by the server's clock
 * @property {number} received number of ticks
 * @property {number} bytes characters of event data
 *
 * @typedef {SharedState & TabState} State
 *
 * @typedef {object} Options
 * @property {string} [url] of the stream; may have a query of its own, such as `access_token`
 * @property {string[]} [symbols] missing: all; `*` and `A*` are allowed
 * @property {number} [interval] ms; 0: every tick
 * @property {BarInterval[]} [bars]
 * @property {string[]} [barsOf] symbols of the bars; missing: those of `symbols`
 * @property {boolean} [share] share one stream with the other tabs of this browser (default); not with `token`
 * @property {() => string | Promise<string>} [token] returns a token that the gateway takes; asked for at each opening,
 *   and a minute before the last one expires
 * @property {boolean} [withCredentials] send the cookie to another origin of this site, too
 * @property {(ticks: Tick[]) => void} [onTicks] the newest tick of each symbol that changed, once per frame
 * @property {(bars: Bar[]) => void} [onBars] the bars that began or changed, in order, once per frame
 * @property {(symbols: string[], reason: string) => void} [onRetired] these symbols have left the feed: forget them. If
 *   one returns, its `q` begins at 1
 * @property {(state: SymbolState) => void} [onSymbolState] a symbol has turned halted, closed, live again, and so on
 * @property {(state: Readonly<State>) => void} [onState] after a change of the state; not for `lag`, `received` and
 *   `bytes` alone
 *
 * @typedef {object} ReplicaListener hears of what is new in a replica
 * @property {(tick: Tick, update: boolean) => void} onTick `update`: an update, not part of a snapshot
 * @property {(bar: Bar) => void} onBar
 * @property {(symbol: string) => void} onForget the symbol has no price any more, or is no longer subscribed to
 * @property {(symbols: string[], reason: string) => void} onRetired
 * @property {(state: SymbolState) => void} onSymbolState
 * @property {(symbols: string[]) => void} onHole ticks of these symbols are missing and no gap was announced
 * @property {(reason: string) => void} onGap
 * @property {() => void} onEpoch the feed has started over: bars that came before do not belong to it
 * @property {() => void} onState
 *
 * @typedef {object} HoldingsDump
 * @property {HeldTicksDump} held
 * @property {SymbolState[]} states
 * @property {string[]} [unconfirmed] symbols whose state the snapshot of a stream that does not resume has not confirmed
 * @property {Bar[]} bars
 *
 * @typedef {HoldingsDump & ReplicaProgress} ReplicaDump a replica as a message between tabs
 *
 * @typedef {object} ReplicaProgress
 * @property {string} cursor
 * @property {SharedState} state
 * @property {{symbols: string[], pending: string[]}} coverage
 * @property {Subscription} opened
 * @property {CatchUpState} catchUp
 * @property {number} ahead
 * @property {boolean} whole
 *
 * @typedef {object} HeldTicksDump
 * @property {Tick[]} ticks
 * @property {string[]} freed symbols of which any tick replaces the one held
 * @property {string[]} unnamed symbols that the snapshot after a new beginning of the feed has not named yet
 *
 * @typedef {object} CatchUpState
 * @property {boolean} greeted a `hello` has arrived
 * @property {boolean} planned the stream was reopened for another subscription, not after a disconnection
 * @property {boolean} pending `hello` has arrived, but not everything that it promised
 * @property {number} replay replayed events that are still to come
 *
 * What tabs say to each other. Messages with a `term` come from the leader.
 * @typedef {{kind: "subscribe", from: string, subscription: Subscription, needsCopy: boolean}
 *   | {kind: "ping" | "leave" | "hurry", from: string}
 *   | {kind: "lead", term: number, previous: [term: number, count: number]}
 *   | {kind: "event", term: number, count: number, name: string, text: string, id: string}
 *   | {kind: "copy", term: number, count: number, to: string[], dump: ReplicaDump}
 *   | {kind: "pong" | "roll-call", term: number, count: number}
 *   | {kind: "identify", term: number, count: number, to: string}} Message
 */

export {};

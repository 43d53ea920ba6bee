/**
 * Where the tiles of the map are. Pure.
 *
 * Tiles are four numbers each, one after the other: left, top, width and height, px. Edges are whole px, so that tiles
 * that touch have one edge.
 *
 * @typedef {Int32Array} Tiles
 */

/** Width of a tile of a grid by its height, about: a symbol and a change fit side by side with nothing. */
const ASPECT = 1.5;

/** Of the room that a tile would have if all were alike, the least that each gets: it can still be seen and pointed at. */
const LEAST = 1 / 8;

/**
 * Return tiles of one size, from left to right and from top to bottom.
 *
 * @param {number} count
 * @param {number} width
 * @param {number} height
 * @returns {Tiles}
 */
export function grid(count, width, height) {
  const tiles = new Int32Array(count * 4);
  const columns = columnsOf(count, width, height);
  const rows = Math.ceil(count / columns);
  const [wide, high] = [width / columns, height / rows];
  for (let at = 0; at < count; at += 1) {
    const [column, row] = [at % columns, Math.floor(at / columns)];
    put(tiles, at, column * wide, row * high, (column + 1) * wide, (row + 1) * high);
  }
  return tiles;
}

/**
 * @param {number} count
 * @param {number} width
 * @param {number} height
 */
function columnsOf(count, width, height) {
  const about = Math.sqrt((count * width) / (height * ASPECT));
  return Math.min(Math.max(1, Math.round(about)), Math.max(count, 1));
}

/**
 * Return tiles whose areas are as their weights, as square as possible: the squarified treemap of Bruls, Huizing and van
 * Wijk. The heaviest stand at the left and at the top.
 *
 * @param {ArrayLike<number>} weights
 * @param {number} width
 * @param {number} height
 * @returns {Tiles} in the order of the weights
 */
export function treemap(weights, width, height) {
  const count = weights.length;
  const tiles = new Int32Array(count * 4);
  const areas = areasOf(weights, width * height);
  const order = Uint32Array.from({ length: count }, (_, at) => at).sort((a, b) => areas[b] - areas[a] || a - b);
  const left = { x: 0, y: 0, width, height };
  for (let from = 0; from < count; ) {
    const side = Math.min(left.width, left.height);
    let sum = areas[order[from]];
    let to = from + 1;
    let worst = worstOf(sum, areas[order[from]], sum, side);
    for (; to < count; to += 1) {
      const next = worstOf(areas[order[from]], areas[order[to]], sum + areas[order[to]], side);
      if (next > worst) break;
      worst = next;
      sum += areas[order[to]];
    }
    layRow(tiles, areas, order.subarray(from, to), sum, left);
    from = to;
  }
  return tiles;
}

/**
 * @param {ArrayLike<number>} weights
 * @param {number} room
 */
function areasOf(weights, room) {
  const valid = Float64Array.from(weights, (weight) => (weight > 0 && Number.isFinite(weight) ? weight : 0));
  const sum = valid.reduce((all, each) => all + each, 0);
  const least = sum ? (sum / valid.length) * LEAST : 1;
  const raised = valid.map((each) => Math.max(each, least));
  const all = raised.reduce((some, each) => some + each, 0);
  return raised.map((each) => (each / all) * room);
}

/**
 * Return how far from a square the worst tile of a row is.
 *
 * @param {number} largest
 * @param {number} smallest
 * @param {number} sum of all areas in the row
 * @param {number} side that the row lies along
 */
function worstOf(largest, smallest, sum, side) {
  const square = sum * sum;
  return Math.max((side * side * largest) / square, square / (side * side * smallest));
}

/**
 * Lay a row along the shorter side, and take its room away.
 *
 * @param {Tiles} tiles
 * @param {Float64Array} areas
 * @param {Uint32Array} row
 * @param {number} sum
 * @param {{x: number, y: number, width: number, height: number}} left
 */
function layRow(tiles, areas, row, sum, left) {
  const along = left.width >= left.height;
  const thick = sum / (along ? left.height : left.width);
  let at = along ? left.y : left.x;
  for (const tile of row) {
    const end = at + areas[tile] / thick;
    if (along) put(tiles, tile, left.x, at, left.x + thick, end);
    else put(tiles, tile, at, left.y, end, left.y + thick);
    at = end;
  }
  if (along) [left.x, left.width] = [left.x + thick, left.width - thick];
  else [left.y, left.height] = [left.y + thick, left.height - thick];
}

/**
 * @param {Tiles} tiles
 * @param {number} at
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
function put(tiles, at, x0, y0, x1, y1) {
  const [left, top] = [Math.round(x0), Math.round(y0)];
  tiles.set([left, top, Math.round(x1) - left, Math.round(y1) - top], at * 4);
}

/**
 * Return the number of the tile at a place; -1 if there is none.
 *
 * @param {Tiles} tiles
 * @param {number} x
 * @param {number} y
 */
export function tileAt(tiles, x, y) {
  for (let at = 0; at < tiles.length; at += 4) {
    const [right, down] = [x - tiles[at], y - tiles[at + 1]];
    if (right >= 0 && down >= 0 && right < tiles[at + 2] && down < tiles[at + 3]) return at / 4;
  }
  return -1;
}

/**
 * Return the number of the nearest tile in a direction: of those beside it, and if there is none, the tile itself.
 *
 * @param {Tiles} tiles
 * @param {number} from
 * @param {number} right 1, -1 or 0
 * @param {number} down likewise; one of both is 0
 */
export function neighbour(tiles, from, right, down) {
  const [x, y] = middleOf(tiles, from);
  let [best, found] = [Infinity, from];
  for (let at = 0; at < tiles.length / 4; at += 1) {
    const [otherX, otherY] = middleOf(tiles, at);
    const ahead = (otherX - x) * right + (otherY - y) * down;
    const aside = Math.abs((otherX - x) * down) + Math.abs((otherY - y) * right);
    // A tile that lies more beside than ahead is the neighbour in another direction.
    const far = ahead + 3 * aside;
    if (at === from || ahead <= 0 || !isBeyond(tiles, from, at, right, down) || far >= best) continue;
    [best, found] = [far, at];
  }
  return found;
}

/**
 * Tell whether a tile begins where another one ends, or later.
 *
 * @param {Tiles} tiles
 * @param {number} from
 * @param {number} to
 * @param {number} right
 * @param {number} down
 */
function isBeyond(tiles, from, to, right, down) {
  const [first, second] = right + down > 0 ? [from, to] : [to, from];
  const axis = right ? 0 : 1;
  return tiles[second * 4 + axis] >= tiles[first * 4 + axis] + tiles[first * 4 + 2 + axis];
}

/**
 * @param {Tiles} tiles
 * @param {number} at
 */
function middleOf(tiles, at) {
  return [tiles[at * 4] + tiles[at * 4 + 2] / 2, tiles[at * 4 + 1] + tiles[at * 4 + 3] / 2];
}

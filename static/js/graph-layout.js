// Where everybody stands: the person in the middle, the strongest nearest, nobody on top of another. The forces are
// d3-force's; its files hang on one global object, each after those that it needs.
import "../vendor/d3/d3-dispatch.min.js";
import "../vendor/d3/d3-quadtree.min.js";
import "../vendor/d3/d3-timer.min.js";
import "../vendor/d3/d3-force.min.js";

const { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } = globalThis.d3;
const GOLDEN = Math.PI * (3 - Math.sqrt(5));

// A circle's radius grows with the square root of what it stands for, so its area tells the number.
// Together they cover a tenth of the ground at most, so that there is room for names.
export function radii(people, [least, most], { width, height }) {
  const top = Math.max(...people.map((one) => one.going + one.coming), 1);
  const wanted = people.map((one) => least + (most - least) * Math.sqrt((one.going + one.coming) / top));
  const covered = wanted.reduce((sum, r) => sum + Math.PI * r * r, 0);
  const scale = Math.min(1, Math.sqrt((width * height) / 10 / covered));
  return wanted.map((r) => Math.max(4, r * scale));
}

// Few stand on one oval, those who talk with one another side by side.
function oval(nodes, width, height, order) {
  order.forEach((at, turn) => {
    const angle = -Math.PI / 2 - Math.PI / 4 + (2 * Math.PI * turn) / order.length;
    nodes[at].home = [width / 2 + (width / 2 - 52) * Math.cos(angle), height / 2 + (height / 2 - 44) * Math.sin(angle)];
  });
}

// Many stand on a spiral like the seeds of a sunflower, the strongest innermost, each with as much ground as it needs.
function spiral(nodes, width, height, centre) {
  let covered = (centre + 12) ** 2;
  const whole = nodes.reduce((sum, node) => sum + node.needs ** 2, covered);
  nodes.forEach((node, at) => {
    covered += node.needs ** 2;
    const part = Math.sqrt((covered - node.needs ** 2 / 2) / whole);
    const angle = at * GOLDEN;
    node.home = [width / 2 + part * (width / 2 - 56) * Math.cos(angle), height / 2 + part * (height / 2 - 30) * Math.sin(angle)];
  });
}

// Neighbours of neighbours, so that dashed lines are short.
function neighbourly(count, between) {
  const left = new Set(Array.from({ length: count }, (_, at) => at));
  const known = new Map();
  for (const [first, second] of between) {
    known.set(first, [...(known.get(first) ?? []), second]);
    known.set(second, [...(known.get(second) ?? []), first]);
  }
  const order = [];
  for (let next = 0; left.size; next = (known.get(next) ?? []).find((one) => left.has(one)) ?? left.values().next().value) {
    order.push(next);
    left.delete(next);
  }
  return order;
}

// The same drawing for the same people: the simulation draws no lots, and is done before anything is shown.
export function layout(people, between, { width, height, radius, centre, isBrief, named }) {
  // A good third of the ground is for those whose names are shown.
  const wide = Math.min(52, Math.sqrt((width * height * 0.36) / Math.min(named, people.length) / Math.PI));
  const nodes = people.map((one, at) => {
    const r = radius[at];
    return { at, r, needs: isBrief ? r + 10 : at < named ? Math.max(r + 14, wide) : r + 4 };
  });
  if (isBrief) oval(nodes, width, height, neighbourly(people.length, between));
  else spiral(nodes, width, height, centre);
  for (const node of nodes) [node.x, node.y] = node.home;
  const me = { r: centre, fx: width / 2, fy: height / 2 };
  const links = between.map(([source, target]) => ({ source, target }));
  const pull = isBrief ? 0.5 : 0.2;
  const simulation = forceSimulation([...nodes, me])
    .force("x", forceX((node) => node.home?.[0] ?? node.fx).strength(pull))
    .force("y", forceY((node) => node.home?.[1] ?? node.fy).strength(pull))
    .force("apart", forceManyBody().strength(isBrief ? 0 : -10).distanceMax(120))
    .force("touch", forceCollide((node) => node.needs ?? node.r + 14).iterations(3))
    .force("links", forceLink(links).distance(60).strength(isBrief ? 0 : 0.01))
    .stop();
  simulation.tick(people.length > 60 ? 160 : 240);
  for (const node of nodes) {
    node.x = Math.min(width - node.r - 4, Math.max(node.r + 4, node.x));
    node.y = Math.min(height - node.r - 16, Math.max(node.r + 4, node.y));
  }
  return { me, nodes };
}

const apart = (one, other) =>
  one.right < other.left || other.right < one.left || one.bottom < other.top || other.bottom < one.top;

// A place for each name where it covers neither a circle nor another name, strongest first; null where there is none.
export function places(nodes, me, sizes, { width, height, named }) {
  const taken = [...nodes, me].map(({ x = me.fx, y = me.fy, r }) => ({ left: x - r, right: x + r, top: y - r, bottom: y + r }));
  return nodes.map((node, at) => {
    if (at >= named) return null;
    const { width: w, height: h } = sizes[at];
    const gap = 2;
    const below = [node.x - w / 2, node.y + node.r + gap];
    const above = [node.x - w / 2, node.y - node.r - gap - h];
    const right = [node.x + node.r + gap, node.y - h / 2];
    const left_ = [node.x - node.r - gap - w, node.y - h / 2];
    // Away from the middle first, where the lines are not.
    const upright = node.y < me.fy ? [above, below] : [below, above];
    const beside = node.x < me.fx ? [left_, right] : [right, left_];
    const corners = upright.flatMap(([x, y]) => [[x + w / 2, y], [x - w / 2, y]]);
    const slanted = [-h, h].flatMap((by) => beside.map(([x, y]) => [x, y + by]));
    const tries = [...upright, ...beside, ...corners, ...slanted];
    for (const [left, top] of tries) {
      const box = { left, right: left + w, top, bottom: top + h };
      const fits = left >= 0 && box.right <= width && top >= 0 && box.bottom <= height;
      if (fits && taken.every((other, index) => index === at || apart(box, other))) {
        taken.push(box);
        return { x: left + w / 2, y: top + h / 2 };
      }
    }
    return null;
  });
}

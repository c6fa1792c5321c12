// Draws whom a person talks with as SVG: links that the keyboard reaches, colours of the page's own styles.
import { layout, places, radii } from "./graph-layout.js";

const SVG = "http://www.w3.org/2000/svg";
const BRIEF = { width: 368, height: 276 };
let markers = 0;

function make(name, attributes = {}, parent = null, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  parent?.append(element);
  return element;
}

// As much room as the page gives, in its own pixels, so that words have their size.
function room(figure, isBrief, count) {
  if (isBrief) return { ...BRIEF };
  const width = Math.max(300, figure.clientWidth);
  const inView = Math.max(360, Math.min(window.innerHeight - 190, 900));
  // Everybody needs some ground; where the page is narrow it grows downwards.
  return { width, height: Math.max(inView, Math.min(1100, (count * 2000) / width)) };
}

function arrow(svg) {
  const id = `arrow-${(markers += 1)}`;
  const marker = make("marker", {
    id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9,
    markerUnits: "userSpaceOnUse", orient: "auto-start-reverse",
  }, make("defs", {}, svg));
  make("path", { d: "M0 .5 7.5 4 0 7.5z" }, marker);
  return `url(#${id})`;
}

// From rim to rim, so that the heads of arrows are seen.
function line(group, from, to, attributes) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const long = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / long, dy / long];
  return make("line", {
    x1: (from.x + ux * (from.r + 1)).toFixed(1), y1: (from.y + uy * (from.r + 1)).toFixed(1),
    x2: (to.x - ux * (to.r + 1)).toFixed(1), y2: (to.y - uy * (to.r + 1)).toFixed(1),
    ...attributes,
  }, group);
}

function shape(parent, { x, y, r }, { us, hue, initials }, css = "") {
  if (us) make("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, rx: r * 0.55, class: `us ${css}` }, parent);
  else make("circle", { cx: x, cy: y, r, "data-h": hue, class: css }, parent);
  if (r >= 9) {
    const size = Math.min(15, Math.max(8, r * 0.62)).toFixed(1);
    make("text", { x, y, "font-size": size, "dominant-baseline": "central", "data-h": hue, class: "initials" }, parent, initials);
  }
}

function edges(svg, drawing, me, nodes) {
  const head = arrow(svg);
  const between = make("g", { class: "between" }, svg);
  for (const [first, second] of drawing.between) {
    line(between, nodes[first], nodes[second], { "data-of": `${first} ${second}` });
  }
  const group = make("g", { class: "ties" }, svg);
  const top = Math.max(...drawing.people.map((one) => one.going + one.coming), 1);
  drawing.people.forEach((one, at) => {
    const ends = {};
    if (one.going) ends["marker-end"] = head;
    if (one.coming) ends["marker-start"] = head;
    const thick = (1 + 3.5 * Math.sqrt((one.going + one.coming) / top)).toFixed(1);
    line(group, me, nodes[at], { "stroke-width": thick, "data-of": at, ...ends });
  });
}

function people(svg, drawing, nodes) {
  const group = make("g", {}, svg);
  drawing.people.forEach((one, at) => {
    const link = make("a", { href: one.url, "aria-label": one.says, "data-at": at }, group);
    shape(link, nodes[at], one);
  });
}

const short = (name, most) => ([...name].length > most ? `${[...name].slice(0, most - 1).join("")}…` : name);

function names(svg, drawing, me, nodes, space, isBrief) {
  const group = make("g", { class: "names", "aria-hidden": "true" }, svg);
  const words = drawing.people.map((one) => make("text", { class: "lbl", dir: "auto" }, group, short(one.name, isBrief || space.width < 600 ? 18 : 24)));
  const sizes = words.map((word) => ({ width: word.getComputedTextLength() + 4, height: 15 }));
  const spots = places(nodes, me, sizes, space);
  words.forEach((word, at) => {
    const node = nodes[at];
    const half = sizes[at].width / 2;
    const x = spots[at]?.x ?? Math.min(space.width - half, Math.max(half, node.x));
    const y = spots[at]?.y ?? (node.y + node.r + 22 > space.height ? node.y - node.r - 10 : node.y + node.r + 10);
    word.setAttribute("x", x.toFixed(1));
    word.setAttribute("y", y.toFixed(1));
    word.setAttribute("data-of", at);
    if (!spots[at]) word.classList.add("waits");
  });
  numbers(group, drawing, me, nodes, isBrief ? 4 : 0, spots, sizes);
}

// How many messages, on the strongest ties, where no name is.
function numbers(group, drawing, me, nodes, most, spots, sizes) {
  for (let at = 0; at < Math.min(most, nodes.length); at += 1) {
    const one = drawing.people[at];
    const long = Math.hypot(nodes[at].x - me.x, nodes[at].y - me.y) || 1;
    const [ux, uy] = [(nodes[at].x - me.x) / long, (nodes[at].y - me.y) / long];
    const on = (me.r + long - nodes[at].r) / 2;
    const [x, y] = [me.x + ux * on - uy * 11, me.y + uy * on + ux * 11];
    const isFree = spots.every((spot, index) => !spot || Math.abs(spot.x - x) > sizes[index].width / 2 + 10 || Math.abs(spot.y - y) > 14);
    if (isFree) make("text", { class: "lbl", x: x.toFixed(1), y: y.toFixed(1) }, group, String(one.going + one.coming));
  }
}

// Who is pointed at shows their name and their ties; the others step back.
function pointing(svg) {
  const show = (at) => {
    svg.classList.toggle("pointed", at !== null);
    for (const one of svg.querySelectorAll(".shown")) one.classList.remove("shown");
    if (at === null) return;
    for (const one of svg.querySelectorAll("[data-of]")) {
      if (one.dataset.of.split(" ").includes(at)) one.classList.add("shown");
    }
    svg.querySelector(`a[data-at="${at}"]`)?.classList.add("shown");
  };
  const of = (event) => event.target.closest?.("a[data-at]")?.dataset.at ?? null;
  svg.addEventListener("pointerover", (event) => show(of(event)));
  svg.addEventListener("pointerleave", () => show(null));
  svg.addEventListener("focusin", (event) => show(of(event)));
  svg.addEventListener("focusout", () => show(null));
}

function paint(figure, drawing) {
  const isBrief = figure.dataset.graph === "brief";
  const svg = figure.querySelector("svg");
  const space = room(figure, isBrief, drawing.people.length);
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${space.width} ${space.height}`);
  svg.classList.toggle("many", drawing.people.length > 60);
  const small = space.width < 600;
  const named = isBrief ? drawing.people.length : Math.min(drawing.named, Math.floor((space.width * space.height) / 16000));
  const span = isBrief ? [13, 21] : small ? [5, 15] : [7, 22];
  const centre = isBrief ? 27 : small ? 22 : 32;
  const { me, nodes } = layout(drawing.people, drawing.between, {
    ...space, isBrief, centre, named, radius: radii(drawing.people, span, space),
  });
  [me.x, me.y] = [me.fx, me.fy];
  edges(svg, drawing, me, nodes);
  shape(make("g", { "aria-hidden": "true" }, svg), me, drawing.me, "me");
  people(svg, drawing, nodes);
  names(svg, drawing, me, nodes, { ...space, named }, isBrief);
}

export function draw(figure) {
  figure.dataset.drawn = "";
  const drawing = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
  const svg = figure.querySelector("svg");
  paint(figure, drawing);
  pointing(svg);
  if (figure.dataset.graph === "brief") return;
  let width = figure.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(figure.clientWidth - width) < 8) return;
    width = figure.clientWidth;
    paint(figure, drawing);
  }).observe(figure);
}

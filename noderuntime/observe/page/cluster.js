// The cluster: who is connected to whom, and how each node is.
import { h, link, svg, keep, setText } from "/dom.js";
import { spark, drawSpark } from "/plots.js";
import * as store from "/store.js";
import * as format from "/format.js";

const SIZE = 340;

const FEW = 40; // up to so many nodes have their names beside them

// Places on circles: one for each group of nodes that see each other; nodes alone and nodes that are not up stand in the
// outermost ring where there are many. The same groups give the same places.
function places(cluster) {
  const at = new Map(), circles = [];
  const down = cluster.nodes.filter((node) => node.state !== "up").map((node) => node.node);
  const crowded = cluster.groups.length > 6;
  const groups = cluster.groups.filter((group) => group.length > 1 || !crowded);
  const outside = [...down, ...(crowded ? cluster.groups.filter((group) => group.length === 1).flat() : [])].sort();
  const middle = SIZE / 2, room = middle - 34 - (outside.length ? 30 : 0);
  const ring = (names, x, y, radius) => names.forEach((name, i) => {
    const angle = (i / names.length) * 2 * Math.PI - Math.PI / 2;
    at.set(name, [x + Math.cos(angle) * radius, y + Math.sin(angle) * radius, angle]);
  });
  const place = (group, x, y, radius) => {
    ring(group, x, y, group.length === 1 ? 0 : radius - 14);
    if (group.length > 1) circles.push([x, y, radius]);
  };
  const weights = groups.map((group) => Math.sqrt(group.length));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (groups.length === 1) place(groups[0], middle, middle, room);
  else if (groups.length === 2) {
    const radii = weights.map((weight) => (room - 6) * (weight / total));
    place(groups[0], middle - room + radii[0], middle, radii[0]);
    place(groups[1], middle + room - radii[1], middle, radii[1]);
  } else {
    let turn = -Math.PI / 2;
    groups.forEach((group, i) => {
      const share = weights[i] / total, angle = turn + share * Math.PI;
      turn += share * 2 * Math.PI;
      const radius = Math.min(room * 0.5, room * Math.sin(Math.min(share, 0.5) * Math.PI) * 0.55);
      const distance = room - (group.length === 1 ? 0 : radius);
      place(group, middle + Math.cos(angle) * distance, middle + Math.sin(angle) * distance, radius);
    });
  }
  ring(outside, middle, middle, middle - 22);
  return { at, circles, key: JSON.stringify([cluster.groups, down]) };
}

// Pairs of names by kind: "", hidden (for one end), one (one end denies it), unknown (one end does not answer).
function edges(cluster) {
  const known = new Map(cluster.nodes.map((node) => [node.node, node]));
  const denied = new Set(cluster.one_sided.map((pair) => `${pair.node} ${pair.unseen_by}`));
  const kinds = { "": [], hidden: [], unknown: [], one: [] }, done = new Set();
  for (const node of cluster.nodes) {
    for (const connection of node.connections ?? []) {
      const other = known.get(connection.node);
      if (!other) continue;
      const one = denied.has(`${node.node} ${other.node}`);
      const key = node.node < other.node ? `${node.node} ${other.node}` : `${other.node} ${node.node}`;
      if (done.has(key) && !one) continue;
      done.add(key);
      const unknown = other.state !== "up" || node.state !== "up";
      kinds[one ? "one" : unknown ? "unknown" : connection.hidden ? "hidden" : ""].push([node.node, other.node]);
    }
  }
  return kinds;
}

class Graph {
  constructor() {
    this.circles = svg("g");
    this.paths = Object.fromEntries(["", "hidden", "unknown", "one", "near"].map((kind) => [kind, svg("path", { class: `edge ${kind}` })]));
    this.dots = svg("g");
    this.element = svg("svg", { class: "graph", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "group", "aria-label": "Nodes and their connections" }, this.circles, Object.values(this.paths), this.dots);
  }
  update(cluster) {
    const { at, circles, key } = places(cluster);
    const few = cluster.nodes.length <= FEW;
    this.at = at;
    this.kinds = edges(cluster);
    if (key !== this.key) {
      this.key = key;
      this.element.classList.toggle("many", !few);
      this.circles.replaceChildren(...circles.map(([x, y, r]) => svg("circle", { class: "group", cx: x, cy: y, r })));
    }
    this.drawEdges();
    keep(this.dots, cluster.nodes.filter((node) => at.has(node.node)), (node) => node.node, (node) => this.dot(node), (dot, node) => {
      const [x, y, angle] = at.get(node.node);
      const [circle, text, title] = dot.children;
      circle.setAttribute("class", `node ${node.state}`);
      circle.setAttribute("cx", x.toFixed(1));
      circle.setAttribute("cy", y.toFixed(1));
      circle.setAttribute("r", few ? 7 : 3.5);
      const label = node.node.length > 22 ? node.node.slice(0, 21) + "…" : node.node;
      const half = label.length * 3.3; // of its width, roughly
      text.setAttribute("x", Math.max(half, Math.min(SIZE - half, x)).toFixed(1));
      text.setAttribute("y", (y + (Math.sin(angle) < -0.1 ? -12 : 21)).toFixed(1));
      text.setAttribute("visibility", few ? "visible" : "hidden");
      setText(text, label);
      setText(title, `${node.node}: ${node.state}${node.reason ? ` (${node.reason})` : ""}`);
    });
  }
  drawEdges() {
    const draw = (pairs) => pairs.map(([from, to]) => {
      const [a, b] = [this.at.get(from), this.at.get(to)];
      return a && b ? `M${a[0].toFixed(1)} ${a[1].toFixed(1)}L${b[0].toFixed(1)} ${b[1].toFixed(1)}` : "";
    }).join("");
    const near = [];
    for (const [kind, pairs] of Object.entries(this.kinds)) {
      this.paths[kind].setAttribute("d", draw(pairs));
      if (this.near) near.push(...pairs.filter((pair) => pair.includes(this.near)));
    }
    this.paths.near.setAttribute("d", draw(near));
  }
  dot(node) {
    const look = (name) => () => { this.near = name; this.drawEdges(); };
    return svg("a", { href: link("node", node.node), onpointerenter: look(node.node), onpointerleave: look(null), onfocus: look(node.node), onblur: look(null) },
      svg("circle"), svg("text"), svg("title"));
  }
}

const COLUMNS = [
  ["Node", "", (node) => node.node],
  ["State", "", (node) => node.state],
  ["Release", "", format.release],
  ["Up", "number", (node) => node.uptime],
  ["Processor", "number", (node) => node.processor_percent],
  ["Memory", "number", (node) => node.memory?.total],
  ["Ten minutes", "", null],
  ["Run queue", "number", (node) => node.run_queue],
  ["Processes", "number", (node) => node.processes],
  ["In", "number", (node) => node.input_bytes_per_second],
  ["Out", "number", (node) => node.output_bytes_per_second],
];

function compare(a, b) {
  if (a === undefined) return b === undefined ? 0 : 1;
  if (b === undefined) return -1;
  return typeof a === "number" ? b - a : String(a).localeCompare(String(b));
}

export function clusterPage(main) {
  const graph = new Graph(), notices = h("div"), body = h("tbody"), events = h("tbody"), legend = h("ul", { class: "legend" });
  let sorted = 0;
  const heads = COLUMNS.map(([name, kind, value], at) => h("th", { class: kind, scope: "col" },
    value ? h("button", { type: "button", onclick: () => { sorted = at; update(); } }, name) : name));
  const eventsTitle = h("h2", {}, "Came and went");
  const eventsTable = h("table", { class: "narrow" }, events);
  main.append(notices, h("div", { class: "cluster" },
    h("section", { "aria-label": "Graph" }, graph.element, legend),
    h("section", { "aria-label": "Nodes" }, h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), body)), eventsTitle, eventsTable)));

  function makeRow(node) {
    const cells = COLUMNS.map(([, kind]) => h("td", { class: kind }));
    cells[0].append(h("a", { href: link("node", node.node) }, node.node));
    cells[1].append(h("span", { class: "state" }));
    cells[6].append(spark());
    return h("tr", {}, cells);
  }
  function updateRow(row, node) {
    const cells = row.children, state = cells[1].firstChild;
    state.className = `state ${node.state}`;
    setText(state, node.state === "silent" ? "no answer" : node.state);
    cells[1].title = node.reason ?? "";
    setText(cells[2], format.release(node));
    setText(cells[3], format.shortDuration(node.uptime));
    setText(cells[4], format.percent(node.processor_percent));
    setText(cells[5], format.bytes(node.memory?.total));
    drawSpark(cells[6].firstChild, store.state.history.get(node.node)?.memory ?? [], store.historyLength());
    setText(cells[7], format.number(node.run_queue));
    setText(cells[8], format.number(node.processes));
    setText(cells[9], format.byteRate(node.input_bytes_per_second));
    setText(cells[10], format.byteRate(node.output_bytes_per_second));
  }
  function updateNotices(cluster) {
    const lines = [];
    if (cluster.groups.length > 1) lines.push([`The nodes are in ${cluster.groups.length} groups that are not connected to each other.`, ""]);
    for (const pair of cluster.one_sided.slice(0, 5)) lines.push([`${pair.node} sees ${pair.unseen_by}, but ${pair.unseen_by} does not see ${pair.node}.`, "bad"]);
    if (cluster.one_sided.length > 5) lines.push([`${cluster.one_sided.length} connections exist at one end only.`, "bad"]);
    for (const node of cluster.nodes.filter((one) => one.state === "silent").slice(0, 5)) lines.push([`${node.node}: ${node.reason ?? "it does not answer"}.`, ""]);
    for (const host of cluster.hosts_without_epmd) lines.push([`No port mapper daemon answers on ${host}.`, "bad"]);
    if (cluster.nodes_left_out) lines.push(["There are more nodes than are shown (--max-nodes).", ""]);
    const text = JSON.stringify(lines);
    if (text === notices.dataset.text) return;
    notices.dataset.text = text;
    notices.replaceChildren(...(lines.length ? [h("div", { class: `notice ${lines.some(([, kind]) => kind === "bad") ? "bad" : ""}`, role: "alert" }, lines.map(([line]) => h("p", {}, line)))] : []));
  }
  function update() {
    const cluster = store.state.cluster;
    updateNotices(cluster);
    graph.update(cluster);
    heads.forEach((head, at) => at === sorted ? head.setAttribute("aria-sort", COLUMNS[at][1] ? "descending" : "ascending") : head.removeAttribute("aria-sort"));
    const nodes = [...cluster.nodes].sort((a, b) => compare(COLUMNS[sorted][2](a), COLUMNS[sorted][2](b)) || a.node.localeCompare(b.node));
    keep(body, nodes, (node) => node.node, makeRow, updateRow);
    const counts = {};
    for (const node of cluster.nodes) counts[node.state] = (counts[node.state] ?? 0) + 1;
    keep(legend, Object.entries(counts), ([state]) => state, ([state]) => h("li", { class: `state ${state}` }), (item, [state, count]) => setText(item, `${count} ${state === "silent" ? "no answer" : state}`));
    const last = cluster.events.slice(-12).reverse();
    eventsTitle.hidden = eventsTable.hidden = last.length === 0;
    keep(events, last, (event) => `${event.time} ${event.node} ${event.event}`, (event) => h("tr", {}, h("td", { class: "faint" }, format.clock(event.time)), h("td", {}, event.node), h("td", {}, h("span", { class: `state ${event.event === "up" ? "up" : "gone"}` }, event.event)), h("td", { class: "faint wrap" }, event.reason ?? "")), () => {});
  }
  return { update };
}

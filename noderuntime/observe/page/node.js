// One node: its figures, connections, log, applications with their supervision trees, tables, ports and modules.
import { h, link, keep, setText } from "/dom.js";
import { spark, drawSpark, bar } from "/plots.js";
import { Table } from "/table.js";
import * as store from "/store.js";
import * as format from "/format.js";
import { confirmAction } from "/actions.js";
import { logSection } from "/log.js";

const PLOTS = [
  ["Memory", "memory", (node) => format.bytes(node.memory?.total)],
  ["Processor", "processor_percent", (node) => format.percent(node.processor_percent)],
  ["Run queue", "run_queue", (node) => format.number(node.run_queue)],
  ["Processes", "processes", (node) => format.number(node.processes)],
  ["Input", "input_bytes_per_second", (node) => format.byteRate(node.input_bytes_per_second)],
  ["Output", "output_bytes_per_second", (node) => format.byteRate(node.output_bytes_per_second)],
];
const LIMITS = [["Processes", "processes", "process_limit"], ["Ports", "ports", "port_limit"], ["Atoms", "atoms", "atom_limit"], ["Tables", "tables", "table_limit"]];
const MEMORY = [["Processes", "processes"], ["Binaries", "binary"], ["Tables", "ets"], ["Code", "code"], ["Atoms", "atom"]];

// Why there is no answer.
const why = (answer) => (answer.about && ["not_allowed", "too_large", "not_found"].includes(answer.error) ? answer.about : answer.text ?? "no answer");

// A section whose rows are asked when it is opened, and then every ten seconds.
function section(name, title, view, makeTable, count) {
  const note = h("span", { class: "faint" }), place = h("div");
  const table = makeTable();
  place.append(table.element);
  let timer = null;
  async function load() {
    const answer = await store.ask(view, { node: name }).catch((error) => ({ text: String(error) }));
    setText(note, answer.rows ? count(answer) : why(answer));
    table.element.hidden = !answer.rows;
    if (answer.rows) table.update(answer.rows);
  }
  const element = h("details", { ontoggle: () => {
    clearInterval(timer);
    if (element.open) load(), (timer = setInterval(load, 10000));
  } }, h("summary", {}, h("strong", {}, title), " ", note), place);
  return { element, stop: () => clearInterval(timer) };
}

const counted = (answer) => (answer.count > answer.rows.length ? `${format.number(answer.count)}, the first ${answer.rows.length}` : format.number(answer.count));

// Children of an application or a supervisor; a supervisor asks for its own when it is opened.
function branch(name, of) {
  const list = h("ul", { class: "tree" }, h("li", { class: "faint" }, "…"));
  store.ask("children", { node: name, of }).then((answer) => {
    if (!answer.rows) return list.replaceChildren(h("li", { class: "faint" }, answer.error === "not_found" ? "no processes" : answer.text ?? "no answer"));
    list.replaceChildren(...answer.rows.map((row) => {
      const pid = row.pid ? h("a", { class: "mono", href: link("process", name, row.pid) }, row.pid) : h("span", { class: "faint" }, "not running");
      const label = [h("span", {}, row.id), " ", pid];
      if (!row.supervisor || !row.pid) return h("li", {}, label);
      const below = h("details", { ontoggle: () => { if (below.open && below.children.length === 1) below.append(branch(name, row.pid)); } }, h("summary", {}, label));
      return h("li", {}, below);
    }));
    if (!answer.rows.length) list.append(h("li", { class: "faint" }, "no children"));
  });
  return list;
}

// What is in a table, page by page.
async function showObjects(name, row) {
  const dialog = document.getElementById("dialog");
  const place = h("div", { class: "scroll" }, "…"), note = h("span", { class: "faint", role: "status" });
  const first = h("button", { type: "button", class: "plain", onclick: () => load("") }, "First");
  const next = h("button", { type: "button", class: "plain", disabled: true }, "Next");
  async function load(from) {
    next.disabled = true;
    const answer = await store.ask("objects", { node: name, table: row.table, from }).catch((error) => ({ text: String(error) }));
    if (!answer.objects) return setText(note, why(answer));
    place.replaceChildren(h("table", {}, h("tbody", {}, answer.objects.map((object) => h("tr", {}, h("td", { class: "mono wrap" }, object))))));
    const end = answer.before + answer.objects.length;
    setText(note, `${answer.objects.length ? `${format.number(answer.before + 1)} to ${format.number(end)}` : "none"} of ${format.number(answer.count)}${answer.more && !answer.next ? "; the rest cannot be read page by page" : ""}`);
    next.disabled = !answer.next;
    next.onclick = () => load(answer.next);
  }
  dialog.replaceChildren(h("h2", {}, `Table ${row.table}`), place, h("form", { method: "dialog" }, h("p", { class: "tools" }, first, next, note, h("button", { class: "plain" }, "Close"))));
  dialog.showModal();
  load("");
}

export function nodePage(main, name) {
  const facts = h("dl"), notice = h("div"), title = h("h2", {}, name ?? "");
  const plots = PLOTS.map(([label]) => ({ value: h("div", { class: "value" }), spark: spark(), label }));
  const memory = h("div", { class: "bars" }), limits = h("div", { class: "bars" });
  const connections = new Table([
    { name: "Node", value: (row) => row.node, link: (row) => link("node", row.node) },
    { name: "Kind", value: (row) => (row.hidden ? "hidden" : "visible") },
    { name: "In", number: true, value: (row) => row.input_bytes_per_second, text: (row) => format.byteRate(row.input_bytes_per_second) },
    { name: "Out", number: true, value: (row) => row.output_bytes_per_second, text: (row) => format.byteRate(row.output_bytes_per_second) },
    { name: "Packets in/s", number: true, value: (row) => row.input_packets_per_second, text: (row) => format.rate(row.input_packets_per_second) },
    { name: "Packets out/s", number: true, value: (row) => row.output_packets_per_second, text: (row) => format.rate(row.output_packets_per_second) },
    { name: "In, all", number: true, value: (row) => row.input_bytes, text: (row) => format.bytes(row.input_bytes) },
    { name: "Out, all", number: true, value: (row) => row.output_bytes, text: (row) => format.bytes(row.output_bytes) },
    { name: "Waiting", number: true, value: (row) => row.pending_bytes, text: (row) => format.bytes(row.pending_bytes) },
    { name: "Busy", number: true, value: (row) => row.busy_percent, text: (row) => format.percent(row.busy_percent) },
    { name: "Silent for", number: true, value: (row) => row.silent_seconds, text: (row) => format.duration(row.silent_seconds) },
    { name: "Ticks missed", number: true, value: (row) => row.missed_ticks, text: (row) => format.number(row.missed_ticks) },
    { name: "", value: () => "", text: () => (store.state.page.actions ? "Disconnect" : ""), press: (row) => confirmAction(`Disconnect ${row.node} from ${name}?`, { node: name, action: "disconnect", what: row.node }) },
  ].filter((column) => column.name !== "" || store.state.page.actions), (row) => row.node);

  const trees = h("div");
  const applications = { element: h("details", { ontoggle: async () => {
    if (!applications.element.open || trees.children.length) return;
    const answer = await store.ask("applications", { node: name });
    if (!answer.rows) return trees.replaceChildren(h("p", { class: "faint" }, answer.text ?? "no answer"));
    trees.replaceChildren(...answer.rows.map((row) => {
      const tree = h("details", { ontoggle: () => { if (tree.open && tree.children.length === 1) tree.append(branch(name, row.application)); } },
        h("summary", {}, row.application, " ", h("span", { class: "faint" }, `${row.version} ${row.description}`)));
      return tree;
    }), ...(answer.rows.length ? [] : [h("p", { class: "faint" }, "none")]));
  } }, h("summary", {}, h("strong", {}, "Applications")), trees), stop() {} };
  const pid = (row) => row.owner && link("process", name, row.owner);
  const sections = [
    logSection(name),
    applications,
    section(name, "Tables", "tables", () => new Table([
      { name: "Table", value: (row) => row.name, press: (row) => showObjects(name, row) },
      { name: "Memory", number: true, value: (row) => row.bytes, text: (row) => format.bytes(row.bytes) },
      { name: "Objects", number: true, value: (row) => row.objects, text: (row) => format.number(row.objects) },
      { name: "Type", value: (row) => row.type }, { name: "Protection", value: (row) => row.protection },
      { name: "Owner", mono: true, value: (row) => row.owner, link: pid }], (row) => row.table, { sorted: 1 }), counted),
    section(name, "Mnesia", "mnesia", () => new Table([
      { name: "Table", value: (row) => row.table, press: (row) => showObjects(name, row) },
      { name: "Memory", number: true, value: (row) => row.bytes, text: (row) => format.bytes(row.bytes) },
      { name: "Objects", number: true, value: (row) => row.objects, text: (row) => format.number(row.objects) },
      { name: "Here", value: (row) => row.storage }, { name: "Type", value: (row) => row.type },
      { name: "Copies", wrap: true, value: (row) => row.copies }], (row) => row.table), (answer) => (answer.running ? counted(answer) : "does not run here")),
    section(name, "Ports and sockets", "ports", () => new Table([
      { name: "Port", mono: true, value: (row) => row.port }, { name: "Name", value: (row) => row.name },
      { name: "Here", mono: true, value: (row) => row.local_address }, { name: "There", mono: true, value: (row) => row.remote_address },
      { name: "In", number: true, value: (row) => row.input_bytes, text: (row) => format.bytes(row.input_bytes) },
      { name: "Out", number: true, value: (row) => row.output_bytes, text: (row) => format.bytes(row.output_bytes) },
      { name: "Queue", number: true, value: (row) => row.queue_bytes, text: (row) => format.bytes(row.queue_bytes) },
      { name: "Owner", mono: true, value: (row) => row.owner, link: pid },
      { name: "Program", number: true, value: (row) => row.system_process, text: (row) => row.system_process ?? "" }], (row) => row.port, { sorted: 4 }), counted),
    section(name, "Modules", "modules", () => new Table([
      { name: "Module", value: (row) => row.module }, { name: "File", mono: true, value: (row) => row.file }], (row) => row.module), counted),
  ];
  main.append(title, notice, facts,
    h("h2", {}, "Ten minutes"), h("div", { class: "plots" }, plots.map((plot) => h("div", { class: "plot" }, h("div", { class: "name" }, plot.label), plot.value, plot.spark))),
    h("div", { class: "columns" }, h("section", {}, h("h2", {}, "Memory"), memory), h("section", {}, h("h2", {}, "Limits"), limits)),
    h("h2", {}, "Connections"), connections.element, h("h2", {}, "More"), ...sections.map((one) => one.element));

  function bars(place, rows) {
    keep(place, rows.flatMap(([label, share, text]) => [["label", label], ["bar", label, share], ["text", label, text]]), ([kind, label]) => `${kind} ${label}`,
      ([kind, label]) => (kind === "label" ? h("span", {}, label) : kind === "bar" ? h("div", { class: "bar" }) : h("span", { class: "number" })),
      (element, [kind, , value]) => {
        if (kind === "bar") { element.className = value > 0.9 ? "bar full" : "bar"; element.replaceChildren(bar(value)); }
        else if (kind === "text") setText(element, value);
      });
  }
  function update() {
    const node = store.node(name);
    const problem = !node ? "This node is not known any more." : node.state === "up" ? "" : `${node.state}: ${node.reason ?? ""}`;
    if (notice.dataset.text !== problem) {
      notice.dataset.text = problem;
      notice.replaceChildren(...(problem ? [h("div", { class: "notice bad", role: "alert" }, h("p", {}, problem))] : []));
    }
    if (!node) return;
    const rows = [["Runs", [format.release(node), node.runtime === "OTP" && node.version ? `ERTS ${node.version}` : "", node.architecture].filter(Boolean).join(", ")],
      ["Up for", format.duration(node.uptime)], ["Schedulers", format.number(node.schedulers)],
      ["Reductions", `${format.number(node.reductions_per_second)} /s`], ["Garbage collections", `${format.rate(node.collections_per_second)} /s`],
      ["Answers in", node.answer_milliseconds === undefined ? "" : `${format.number(node.answer_milliseconds)} ms`]];
    keep(facts, rows.flatMap(([label, text]) => [["dt", label], ["dd", label, text]]), ([kind, label]) => `${kind} ${label}`, ([kind, label]) => h(kind, {}, kind === "dt" ? label : ""), (element, [kind, , text]) => { if (kind === "dd") setText(element, text); });
    const history = store.state.history.get(name) ?? {};
    PLOTS.forEach(([, series, text], at) => { setText(plots[at].value, text(node) || "–"); drawSpark(plots[at].spark, history[series] ?? [], store.historyLength()); });
    const total = node.memory?.total;
    bars(memory, MEMORY.filter(([, key]) => node.memory?.[key] !== undefined).map(([label, key]) => [label, node.memory[key] / total * 0.9, format.bytes(node.memory[key])]));
    bars(limits, LIMITS.filter(([, key]) => node[key] !== undefined).map(([label, key, limit]) => [label, node[limit] ? node[key] / node[limit] : 0, node[limit] ? `${format.number(node[key])} of ${format.number(node[limit])}` : format.number(node[key])]));
    connections.update(node.connections ?? []);
  }
  return { update, stop: () => sections.forEach((one) => one.stop()) };
}

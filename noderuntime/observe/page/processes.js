// The busiest processes of a node, and one process.
import { h, link, setText } from "/dom.js";
import { Table } from "/table.js";
import * as store from "/store.js";
import * as format from "/format.js";
import { confirmAction } from "/actions.js";

const ORDERS = [["reductions", "reductions per second"], ["memory", "memory"], ["queue", "message queue"]];
let order = "reductions", rows = "50", search = "";

export function processesPage(main, name) {
  const note = h("span", { class: "faint", role: "status" });
  const page = { view: null };
  const table = new Table([
    { name: "Pid", mono: true, value: (row) => row.pid, link: (row) => link("process", name, row.pid) },
    { name: "Name or start", value: (row) => row.name ?? row.initial_call },
    { name: "Reductions/s", number: true, value: (row) => row.reductions_per_second, text: (row) => format.rate(row.reductions_per_second) },
    { name: "Memory", number: true, value: (row) => row.memory, text: (row) => format.bytes(row.memory) },
    { name: "Queue", number: true, value: (row) => row.message_queue_len, text: (row) => format.number(row.message_queue_len) },
    { name: "Reductions", number: true, value: (row) => row.reductions, text: (row) => format.number(row.reductions) },
    { name: "Runs", value: (row) => row.current_function },
  ], (row) => row.pid, { sorted: { reductions: 2, memory: 3, queue: 4 }[order] });
  const choose = h("select", { "aria-label": "Order", onchange: () => {
    order = choose.value;
    table.sorted = { reductions: 2, memory: 3, queue: 4 }[order];
    table.descending = true;
    ask();
  } }, ORDERS.map(([value, text]) => h("option", { value, selected: value === order }, text)));
  const count = h("select", { "aria-label": "Rows", onchange: () => { rows = count.value; ask(); } }, ["20", "50", "200", "500"].map((value) => h("option", { value, selected: value === rows }, `${value} rows`)));
  const input = h("input", { type: "search", placeholder: "pid or registered name", "aria-label": "Search", value: search, oninput: () => { search = input.value.trim(); clearTimeout(timer); timer = setTimeout(ask, 300); } });
  let timer = null;
  function ask() {
    page.view = { view: "processes", node: name, order, rows, search };
    setText(note, "asking…");
    store.show(page.view);
  }
  page.view = { view: "processes", node: name, order, rows, search };
  page.stop = () => clearTimeout(timer);
  page.onView = (answer) => {
    if (!answer.rows) return setText(note, answer.text ?? "no answer");
    table.update(answer.rows);
    const found = search ? `${answer.rows.length} found` : `the first ${answer.rows.length} of ${format.number(store.node(name)?.processes)}`;
    setText(note, answer.walk_milliseconds === undefined ? found : `${found}; chosen ${format.duration(answer.walked_seconds_ago)} ago in ${format.number(answer.walk_milliseconds)} ms, again in ${format.duration(answer.next_walk_seconds)}`);
  };
  setText(note, "asking…");
  main.append(h("h2", {}, `Processes of ${name}`), h("div", { class: "tools" }, h("label", {}, "by ", choose), count, input, note), table.element);
  return page;
}

const list = (name, items) => h("ul", { class: "plainlist mono" }, items.map((item) => h("li", {}, /^<0\.\d+\.\d+>$/.test(item) ? h("a", { href: link("process", name, item) }, item) : item)));

export function processPage(main, name, pid) {
  const place = h("div", {}, h("p", { class: "faint" }, "asking…")), tools = h("div", { class: "tools" });
  let stopped = false, timer = null, withState = false;
  const traced = h("div", {});
  const action = (label, kind, question, done) => h("button", { type: "button", class: `plain ${kind === "kill" ? "bad" : ""}`, onclick: () => confirmAction(question, { node: name, action: kind, what: pid }, done) }, label);
  function drawEvents({ events }) {
    const rows = events.map((event) => h("tr", {}, h("td", { class: "mono wrap" }, event)));
    traced.replaceChildren(h("section", {}, h("h2", {}, "Traced"), rows.length ? h("table", {}, h("tbody", {}, rows)) : h("p", { class: "faint" }, "it did nothing")));
  }
  tools.append(h("button", { type: "button", class: "plain", onclick: () => { withState = true; load(); } }, "Ask for its state (sys:get_state)"));
  if (store.state.page.actions) tools.append(action("Collect garbage", "collect", `Collect the garbage of ${pid} on ${name}?`), action("Trace", "trace", `Trace ${pid} on ${name} for 3 seconds, or 50 events?`, drawEvents), action("Kill", "kill", `Kill ${pid} on ${name}?`));
  main.append(h("h2", { class: "mono" }, `${pid} on ${name}`), tools, traced, place);

  async function load() {
    clearTimeout(timer);
    const answer = await store.ask("process", { node: name, pid, state: withState ? "1" : "0" }).catch((error) => ({ text: String(error) }));
    if (stopped) return;
    if (!answer.pid) place.replaceChildren(h("div", { class: "notice bad", role: "alert" }, h("p", {}, answer.text ?? "no answer")));
    else draw(answer);
    withState = false;
    if (!answer.state) timer = setTimeout(load, 5000);
  }
  function draw(process) {
    const facts = [["Name", process.name], ["Started by", process.starts ?? process.initial_call], ["Runs", process.current_function], ["Status", process.status],
      ["Memory", format.bytes(process.memory)], ["Heap", format.bytes(process.heap_bytes)], ["Stack", format.bytes(process.stack_bytes)],
      ["Messages waiting", format.number(process.message_queue_len)], ["Reductions", format.number(process.reductions)], ["Priority", process.priority], ["Traps exits", process.trap_exit ? "yes" : "no"]];
    const part = (title, content) => content && h("section", {}, h("h2", {}, title), content);
    const texts = (items, none) => (items === undefined ? undefined : items.length ? h("table", {}, h("tbody", {}, items.map((item) => h("tr", {}, h("td", { class: "mono wrap" }, item))))) : h("p", { class: "faint" }, none));
    place.replaceChildren(h("dl", {}, facts.filter(([, value]) => value).map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)]),
      process.group_leader ? [h("dt", {}, "Group leader"), h("dd", {}, list(name, [process.group_leader]))] : []));
    if (process.state !== undefined) place.append(part("State", h("div", { class: "mono wrap" }, process.state)));
    const columns = h("div", { class: "columns" });
    columns.append(...[
      part("Stack", texts(process.stack, "empty")),
      part("Messages", process.messages_left_out ? h("p", { class: "faint" }, "not asked for: there are too many, or the process is too large") : texts(process.messages, "none")),
      part("Links", list(name, process.links ?? [])), part("Monitors", list(name, process.monitors ?? [])), part("Monitored by", list(name, process.monitored_by ?? [])),
      part("Ancestors", process.ancestors && list(name, process.ancestors)),
      part("Dictionary", process.dictionary_left_out ? h("p", { class: "faint" }, "not asked for: the process is too large") : h("table", {}, h("tbody", {}, (process.dictionary ?? []).map((entry) => h("tr", {}, h("td", { class: "mono wrap" }, entry.key), h("td", { class: "mono wrap" }, entry.value)))))),
    ].filter(Boolean));
    place.append(columns);
  }
  load();
  return { stop: () => { stopped = true; clearTimeout(timer); } };
}

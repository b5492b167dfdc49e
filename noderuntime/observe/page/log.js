// The log of a node as it is written, while its section is open.
import { h, link, keep, setText } from "/dom.js";
import * as store from "/store.js";
import * as format from "/format.js";

const LEVELS = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];
const KEPT = 500; // rows

export function logSection(name) {
  const note = h("span", { class: "faint", role: "status" }), body = h("tbody");
  const least = h("select", { "aria-label": "Level", onchange: draw }, LEVELS.map((level) => h("option", { value: level, selected: level === "debug" }, level)));
  const search = h("input", { type: "search", placeholder: "text", "aria-label": "Text", oninput: draw });
  let rows = [], last = 0, lost = 0, timer = null, stopped = true;

  function draw() {
    const rank = LEVELS.indexOf(least.value), text = search.value.toLowerCase();
    const shown = rows.filter((row) => LEVELS.indexOf(row.level) <= rank && row.text.toLowerCase().includes(text)).reverse();
    keep(body, shown, (row) => String(row.number), (row) => h("tr", {},
      h("td", { class: "faint", title: row.time_milliseconds === undefined ? null : new Date(row.time_milliseconds).toISOString() }, row.time_milliseconds === undefined ? "" : format.clock(row.time_milliseconds / 1000)),
      h("td", {}, h("span", { class: `level ${LEVELS.includes(row.level) ? row.level : ""}` }, row.level)),
      h("td", { class: "mono" }, row.pid ? (/^<0\.\d+\.\d+>$/.test(row.pid) ? h("a", { href: link("process", name, row.pid) }, row.pid) : row.pid) : ""),
      h("td", { class: "mono wrap", title: row.function }, row.text)), () => {});
    const count = `${format.number(shown.length)} of ${format.number(rows.length)} events`;
    setText(note, lost ? `${count}; ${format.number(lost)} were too many to forward` : rows.length ? count : "nothing since you look");
  }
  async function load() {
    clearTimeout(timer);
    if (!document.hidden) {
      const answer = await store.ask("log", { node: name, after: last }).catch((error) => ({ text: String(error) }));
      if (stopped) return;
      if (!answer.rows) setText(note, answer.text ?? "no answer");
      else {
        if (answer.last < last) rows = [];
        rows = [...rows, ...answer.rows].slice(-KEPT);
        ({ last, lost } = answer);
        draw();
      }
    }
    timer = setTimeout(load, 1000);
  }
  const stop = () => { stopped = true; clearTimeout(timer); };
  const element = h("details", { class: "log", ontoggle: () => {
    stop();
    if (element.open) stopped = false, load();
  } }, h("summary", {}, h("strong", {}, "Log"), " ", note),
    h("div", { class: "tools" }, h("label", {}, "at least ", least), search), h("div", { class: "scroll tall" }, h("table", {}, body)));
  return { element, stop };
}

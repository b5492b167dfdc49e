// Which page is shown, and the line above it. An address is #/, #/node/NAME, #/processes/NAME, #/process/NAME/PID.
import { h, link, setText } from "/dom.js";
import * as store from "/store.js";
import { clusterPage } from "/cluster.js";
import { nodePage } from "/node.js";
import { processesPage, processPage } from "/processes.js";
import { clock } from "/format.js";

const main = document.getElementById("main"), tabs = document.getElementById("tabs"), status = document.getElementById("status");
const pages = { "": clusterPage, node: nodePage, processes: processesPage, process: processPage };
let shown = null;

// The token has done its work: it is in the cookie.
if (location.search) history.replaceState(null, "", "/" + location.hash);

function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map((part) => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
  shown?.stop?.();
  main.replaceChildren();
  shown = (pages[name] ?? clusterPage)(main, ...rest);
  const node = rest[0];
  const entries = [["#/", "Cluster", name === ""]];
  if (node) {
    entries.push([link("node", node), node, name === "node"]);
    entries.push([link("processes", node), "Processes", name === "processes"]);
  }
  if (name === "process") entries.push([location.hash, rest[1] ?? "", true]);
  tabs.replaceChildren(...entries.map(([to, text, current]) => h("a", { href: to, "aria-current": current ? "page" : null }, text)));
  document.title = [rest[1], node, "noderuntime observe"].filter(Boolean).join(" – ");
  store.show(shown?.view ?? null);
  if (store.state.cluster) shown?.update?.();
}

store.listen((what) => {
  const cluster = store.state.cluster;
  status.className = store.state.connected ? "" : "bad";
  setText(status, store.state.connected && cluster ? clock(cluster.time) : "no connection to noderuntime observe");
  if (what.view) shown?.onView?.(what.view);
  else if (cluster) shown?.update?.();
});

addEventListener("hashchange", () => { route(); main.focus({ preventScroll: true }); });
// What is allowed is known before anything is shown.
fetch("/api/page").then((answer) => answer.json()).then((page) => { store.state.page = page; }, () => {}).then(route);

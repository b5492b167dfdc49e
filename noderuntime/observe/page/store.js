// What the server tells: one stream of events for the cluster and the view that is shown.

export const state = { cluster: null, history: new Map(), page: { actions: false, interval: 2000 }, connected: false };
const listeners = new Set();
export const listen = (listener) => (listeners.add(listener), () => listeners.delete(listener));
const tell = (what) => { for (const listener of listeners) listener(what); };

const SERIES = ["memory", "run_queue", "processes", "processor_percent", "input_bytes_per_second", "output_bytes_per_second"];
let step = 5, points = 120, source = null, wanted = null, lastPoint = 0;

function take(cluster) {
  if (cluster.history_step) {
    step = cluster.history_step;
    points = Math.round(600 / step);
    state.history.clear();
    for (const node of cluster.nodes) if (node.history) state.history.set(node.node, node.history);
    lastPoint = cluster.time;
  } else if (cluster.time - lastPoint >= step) {
    lastPoint = cluster.time;
    const present = new Set();
    for (const node of cluster.nodes) {
      present.add(node.node);
      let history = state.history.get(node.node);
      if (!history) state.history.set(node.node, (history = Object.fromEntries(SERIES.map((name) => [name, []]))));
      const up = node.state === "up";
      const values = { ...node, memory: node.memory?.total };
      for (const name of SERIES) {
        history[name].push(up ? (values[name] ?? null) : null);
        if (history[name].length > points) history[name].shift();
      }
    }
    for (const name of state.history.keys()) if (!present.has(name)) state.history.delete(name);
  }
  state.cluster = cluster;
}
export const historyLength = () => points;

// Shows another view: {view, node, …} or null. The stream begins anew with it.
export function show(view) {
  wanted = view;
  open();
}

function open() {
  source?.close();
  source = null;
  if (document.hidden) return;
  const query = new URLSearchParams(wanted ?? {});
  if (state.cluster && state.connected) query.set("history", "0");
  const mine = (source = new EventSource(`/events?${query}`));
  mine.addEventListener("cluster", (event) => {
    state.connected = true;
    take(JSON.parse(event.data));
    tell("cluster");
  });
  mine.addEventListener("view", (event) => tell({ view: JSON.parse(event.data) }));
  mine.addEventListener("error", () => {
    state.connected = false;
    tell("cluster");
    if (mine.readyState === EventSource.CLOSED && mine === source) setTimeout(() => mine === source && open(), 3000);
  });
}
// A page that nobody sees asks nothing; what it missed comes with the next history.
document.addEventListener("visibilitychange", () => { state.connected = false; open(); });

export async function ask(view, parameters) {
  const answer = await fetch(`/api/${view}?${new URLSearchParams(parameters)}`);
  return answer.json();
}
export async function act(parameters) {
  const answer = await fetch(`/api/act?${new URLSearchParams(parameters)}`, { method: "POST" });
  return answer.json();
}
export const node = (name) => state.cluster?.nodes.find((one) => one.node === name);

// Sparklines and bars.
import { svg } from "/dom.js";

const WIDTH = 120, HEIGHT = 30;

export const spark = () => svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, svg("path", { d: "" }));

// `values`: numbers, or null where nothing is known; the newest one is last, at the right edge.
export function drawSpark(element, values, length) {
  let top = 0;
  for (const value of values) if (value !== null && value > top) top = value;
  let path = "", down = false;
  const step = WIDTH / Math.max(1, length - 1);
  values.forEach((value, at) => {
    if (value === null) { down = false; return; }
    const x = WIDTH - (values.length - 1 - at) * step;
    const y = top > 0 ? HEIGHT - 1.5 - (value / top) * (HEIGHT - 3) : HEIGHT - 1.5;
    path += `${down ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    down = true;
  });
  element.firstChild.setAttribute("d", path);
}

export function bar(share) {
  const part = Math.max(0, Math.min(1, share || 0));
  return svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { width: part * 100, height: 10 }));
}

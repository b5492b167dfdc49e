// Numbers as people read them.

export function bytes(count) {
  if (count === undefined || count === null) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  while (count >= 999.5 && at < units.length - 1) count /= 1000, at++;
  return `${at === 0 || count >= 100 ? Math.round(count) : count.toFixed(1)} ${units[at]}`;
}

export function number(count) {
  if (count === undefined || count === null) return "";
  return Math.round(count).toLocaleString("en").replaceAll(",", " ");
}

export function rate(count) {
  if (count === undefined || count === null) return "";
  return count > 0 && count < 10 ? count.toFixed(1) : number(count);
}

export const byteRate = (count) => (count === undefined || count === null ? "" : `${bytes(count)}/s`);
export const percent = (share) => (share === undefined || share === null ? "" : `${share.toFixed(share < 10 ? 1 : 0)} %`);

export function duration(seconds) {
  if (seconds === undefined || seconds === null) return "";
  const whole = Math.max(0, Math.round(seconds));
  if (whole >= 86400) return `${Math.floor(whole / 86400)} d ${Math.floor((whole / 3600) % 24)} h`;
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${Math.floor((whole / 60) % 60)} min`;
  if (whole >= 60) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${whole} s`;
}

export const shortDuration = (seconds) => duration(seconds).replace(/^(\d+ \w+) .*/, "$1");
export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString();
export const release = (node) =>
  node.runtime === "noderuntime" ? (node.system ?? "").replace("Node Runtime", "noderuntime") : node.release ? `OTP ${node.release}` : "";

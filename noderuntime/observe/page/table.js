// A table that can be sorted by its columns.
import { h, keep, setText } from "/dom.js";

// columns: {name, value(row), text?(row), number?, mono?, wrap?, link?(row), width?}; key(row) names a row.
export class Table {
  constructor(columns, key, { sorted = 0, onSort } = {}) {
    this.columns = columns;
    this.key = key;
    this.sorted = sorted;
    this.descending = columns[sorted].number ?? false;
    this.rows = [];
    this.heads = columns.map((column, at) => h("th", { class: column.number ? "number" : "", scope: "col" },
      h("button", { type: "button", onclick: () => {
        this.descending = this.sorted === at ? !this.descending : column.number ?? false;
        this.sorted = at;
        this.draw();
        onSort?.(column);
      } }, column.name)));
    this.body = h("tbody");
    this.element = h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, this.heads)), this.body));
  }
  update(rows) { this.rows = rows; this.draw(); }
  draw() {
    const column = this.columns[this.sorted], sign = this.descending ? -1 : 1;
    const value = (row) => column.value(row) ?? (column.number ? -1 : "");
    const rows = [...this.rows].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
      return sign * order || this.key(a).localeCompare(this.key(b));
    });
    this.heads.forEach((head, at) => at === this.sorted ? head.setAttribute("aria-sort", this.descending ? "descending" : "ascending") : head.removeAttribute("aria-sort"));
    keep(this.body, rows, this.key, (row) => h("tr", {}, this.columns.map((one) => {
      const cell = h("td", { class: [one.number && "number", one.mono && "mono", one.wrap && "wrap"].filter(Boolean).join(" ") });
      const to = one.link?.(row);
      if (to) cell.append(h("a", { href: to }));
      else if (one.press) cell.append(h("button", { type: "button", class: "plain", onclick: () => one.press(row) }));
      return cell;
    })), (line, row) => this.columns.forEach((one, at) => {
      const cell = line.children[at];
      setText(cell.firstElementChild ?? cell, String((one.text ?? one.value)(row) ?? ""));
    }));
  }
}

// Asks again before something is done to a node.
import { h } from "/dom.js";
import * as store from "/store.js";

// done  gets the answer of the node.
export function confirmAction(question, parameters, done = () => {}) {
  const dialog = document.getElementById("dialog");
  const outcome = h("p", { role: "status" });
  const yes = h("button", { type: "button", class: "plain bad", onclick: async () => {
    yes.disabled = true;
    const answer = await store.act(parameters).catch((error) => ({ text: String(error) }));
    if (answer.error || !("answer" in answer)) outcome.textContent = answer.text ?? "no answer";
    else {
      dialog.close();
      done(answer);
    }
  } }, "Yes");
  dialog.replaceChildren(h("p", {}, question), outcome, h("p", {}, yes, " ", h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "No")));
  dialog.showModal();
}

// What is asked of people, and what they are told.
import { isApiError, taskStatusValues, type Task, type TaskStatus } from "@aicoordination/coordinator";

import { byId, element } from "./dom.js";
import type { Credentials } from "./session.js";
import { explain, statusNames } from "./words.js";

/** Puts a text on the page, or takes it away where there is none. */
export function say(place: HTMLElement, text: string, ...more: Node[]): void {
  place.replaceChildren(text, ...more);
  place.hidden = text === "" && place.getAttribute("role") !== "status";
}

/** The form that somebody signs in with. It asks for a code where the service wants one. */
export function signInForm(submit: (credentials: Credentials) => Promise<void>) {
  const section = byId("sign-in");
  const form = section.querySelector("form")!;
  const button = form.querySelector("button")!;
  const refusal = section.querySelector<HTMLElement>(".refusal")!;
  const code = form.querySelector<HTMLElement>("[data-code]")!;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(form)) as unknown as Credentials;
    button.disabled = true;
    say(refusal, "");
    try {
      await submit(typed);
    } catch (error) {
      if (isApiError(error, "second_factor_required")) {
        const field = code.querySelector("input")!;
        code.hidden = false;
        field.disabled = false;
        field.required = true;
        field.focus();
      }
      say(refusal, explain(error));
    } finally {
      button.disabled = false;
    }
  });

  return {
    show() {
      section.hidden = false;
      button.focus();
    },
    hide() {
      section.hidden = true;
    },
  };
}

const toast = byId("refusal");
toast.querySelector("button")!.addEventListener("click", hideRefusal);

/** Tells why something was not done. */
export function showRefusal(text: string): void {
  toast.querySelector("p")!.textContent = text;
  toast.hidden = false;
}

export function hideRefusal(): void {
  toast.hidden = true;
}

/** Asks where a task is to go, for whom a mouse is not at hand; undefined where it is to stay. */
export async function askForStatus(task: Task): Promise<TaskStatus | undefined> {
  const dialog = byId<HTMLDialogElement>("move");
  dialog.querySelector("h2")!.textContent = `Move “${task.title}” to`;
  const others = taskStatusValues.filter((status) => status !== task.status);
  dialog.querySelector(".choices")!.replaceChildren(
    ...others.map((status) => element("button", { className: "button", value: status }, statusNames[status])),
  );
  const answer = await answered(dialog);
  return others.find((status) => status === answer);
}

/** Asks why, and resolves with undefined where nobody says. */
export async function askForReason(question: string): Promise<string | undefined> {
  const dialog = byId<HTMLDialogElement>("reason");
  const field = dialog.querySelector("textarea")!;
  dialog.querySelector("h2")!.textContent = question;
  field.value = "";
  return (await answered(dialog)) === "move" ? field.value : undefined;
}

/** Opens a dialog and resolves with the value of the button that closed it; empty for none. */
function answered(dialog: HTMLDialogElement): Promise<string> {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

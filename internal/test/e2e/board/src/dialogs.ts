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

  const askForCode = (asked: boolean) => {
    const field = code.querySelector("input")!;
    code.hidden = !asked;
    field.disabled = !asked;
    field.required = asked;
    if (asked) {
      field.focus();
    }
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = Object.fromEntries(new FormData(form)) as unknown as Credentials;
    button.disabled = true;
    say(refusal, "");
    try {
      await submit(typed);
      // Whoever comes next finds nothing that was typed.
      form.reset();
      askForCode(false);
    } catch (error) {
      if (isApiError(error, "second_factor_required")) {
        askForCode(true);
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
  const others = taskStatusValues.filter((status) => status !== task.status);
  const answer = await answered(dialog, `Move “${task.title}” to`, () =>
    dialog.querySelector(".choices")!.replaceChildren(
      ...others.map((status) => element("button", { className: "button", value: status }, statusNames[status])),
    ),
  );
  return others.find((status) => status === answer);
}

/** Asks why, and resolves with undefined where nobody says. */
export async function askForReason(question: string): Promise<string | undefined> {
  const dialog = byId<HTMLDialogElement>("reason");
  const field = dialog.querySelector("textarea")!;
  return (await answered(dialog, question, () => (field.value = ""))) === "move" ? field.value : undefined;
}

/** Takes away what is being asked, which nobody is to answer any more. */
export function stopAsking(): void {
  document.querySelectorAll<HTMLDialogElement>("dialog[open]").forEach((dialog) => dialog.close(""));
}

let asking: Promise<unknown> = Promise.resolve();

/**
 * Opens a dialog, when the one before it is answered, and resolves with the value of the button that closed
 * it; empty for none.
 */
function answered(dialog: HTMLDialogElement, question: string, prepare: () => void): Promise<string> {
  const answer = asking.then(() => {
    dialog.querySelector("h2")!.textContent = question;
    prepare();
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise<string>((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    });
  });
  asking = answer;
  return answer;
}

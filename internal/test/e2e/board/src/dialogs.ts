// What is asked of people, and what they are told.
import { isApiError } from "@aicoordination/coordinator";

import { byId } from "./dom.js";
import type { Credentials } from "./session.js";

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
      say(refusal, error instanceof Error ? error.message : String(error));
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

/** Asks why, and resolves with undefined where nobody says. */
export function askForReason(question: string): Promise<string | undefined> {
  const dialog = byId<HTMLDialogElement>("reason");
  const field = dialog.querySelector("textarea")!;
  dialog.querySelector("h2")!.textContent = question;
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "move" ? field.value : undefined), { once: true });
  });
}

// The board that is seen: a column for each status, a card for each task.
import { taskStatusValues, type Task, type TaskStatus } from "@aicoordination/coordinator";

import { askForStatus } from "./dialogs.js";
import { element } from "./dom.js";
import { statusNames } from "./words.js";

interface Column {
  list: HTMLUListElement;
  count: HTMLElement;
}

/** The columns with their cards. A card is moved by dragging it, or with the menu on it. */
export class Columns {
  readonly #root: HTMLElement;
  readonly #moved: (taskId: string, status: TaskStatus) => void;
  readonly #columns = new Map<TaskStatus, Column>();
  readonly #cards = new Map<string, HTMLLIElement>();
  #dragged: string | undefined;

  constructor(root: HTMLElement, moved: (taskId: string, status: TaskStatus) => void) {
    this.#root = root;
    this.#moved = moved;
    root.replaceChildren(...taskStatusValues.map((status) => this.#column(status)));
  }

  /** Says that the cards are being fetched. */
  set busy(busy: boolean) {
    this.#root.setAttribute("aria-busy", String(busy));
  }

  /** Shows these tasks and no others. */
  fill(tasks: Task[]): void {
    this.#cards.clear();
    for (const { list } of this.#columns.values()) {
      list.replaceChildren();
    }
    for (const task of tasks) {
      this.#place(task);
    }
    this.#count();
  }

  /** Shows a task as it is now, and where it belongs. */
  show(task: Task): void {
    this.#place(task);
    this.#count();
  }

  remove(taskId: string): void {
    this.#cards.get(taskId)?.remove();
    this.#cards.delete(taskId);
    this.#count();
  }

  /** Draws attention to a card that somebody else has changed. */
  announce(taskId: string): void {
    const card = this.#cards.get(taskId);
    card?.classList.add("news");
    card?.addEventListener("animationend", () => card.classList.remove("news"), { once: true });
  }

  /** Says that a card waits for the service to agree. */
  setMoving(taskId: string, moving: boolean): void {
    this.#cards.get(taskId)?.classList.toggle("moving", moving);
  }

  #column(status: TaskStatus): HTMLElement {
    const id = `lane-${status}`;
    const count = element("span");
    const title = element("h2", { id }, statusNames[status], count);
    const list = element("ul");
    const lane = element("section", { className: "lane" }, title, list);
    lane.setAttribute("aria-labelledby", id);
    lane.dataset["status"] = status;
    this.#columns.set(status, { list, count });

    lane.addEventListener("dragover", (event) => {
      if (this.#dragged !== undefined) {
        event.preventDefault();
        lane.classList.add("over");
      }
    });
    lane.addEventListener("dragleave", (event) => {
      if (!lane.contains(event.relatedTarget as Node | null)) {
        lane.classList.remove("over");
      }
    });
    lane.addEventListener("drop", (event) => {
      event.preventDefault();
      lane.classList.remove("over");
      if (this.#dragged !== undefined && !list.contains(this.#cards.get(this.#dragged) ?? null)) {
        this.#moved(this.#dragged, status);
      }
    });
    return lane;
  }

  #place(task: Task): void {
    const old = this.#cards.get(task.id);
    const hadFocus = old?.contains(document.activeElement) ?? false;
    const card = this.#card(task);
    this.#cards.set(task.id, card);
    old?.remove();

    const { list } = this.#columns.get(task.status)!;
    const next = [...list.children].find((other) => (other as HTMLElement).dataset["position"]! > task.position);
    list.insertBefore(card, next ?? null);
    if (hadFocus) {
      card.querySelector("button")?.focus();
    }
  }

  #card(task: Task): HTMLLIElement {
    const menu = element("button", { type: "button", className: "button" }, "Move …");
    menu.setAttribute("aria-label", `Move ${task.title}`);
    menu.addEventListener("click", async () => {
      const status = await askForStatus(task);
      if (status) {
        this.#moved(task.id, status);
      }
    });

    const card = element("li", { className: "card", draggable: true },
      element("h3", {}, task.title),
      element("p", {}, ...facts(task)),
      ...(task.status === "blocked" && task.status_reason ? [element("p", { className: "why" }, task.status_reason)] : []),
      menu,
    );
    card.dataset["task"] = task.id;
    card.dataset["position"] = task.position;
    card.addEventListener("dragstart", (event) => {
      this.#dragged = task.id;
      event.dataTransfer!.effectAllowed = "move";
      event.dataTransfer!.setData("text/plain", task.title);
      card.classList.add("dragged");
    });
    card.addEventListener("dragend", () => {
      this.#dragged = undefined;
      card.classList.remove("dragged");
    });
    return card;
  }

  #count(): void {
    for (const { list, count } of this.#columns.values()) {
      count.textContent = String(list.childElementCount);
    }
  }
}

const dates = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", timeZone: "UTC" });

/** What a card tells besides its title. */
function facts(task: Task): HTMLElement[] {
  const told: HTMLElement[] = [];
  if (task.priority === "high" || task.priority === "urgent") {
    told.push(element("span", { className: `mark ${task.priority}` }, task.priority === "high" ? "High" : "Urgent"));
  }
  const isOpen = task.status !== "done" && task.status !== "cancelled";
  if (isOpen && task.is_blocked) {
    told.push(element("span", { className: "mark waits" }, "Waiting"));
  }
  told.push(element("span", {}, task.included?.assignee?.name ?? (task.assignee_id ? "Assigned" : "Nobody yet")));
  if (task.due_date) {
    const isLate = isOpen && task.due_date < new Date().toISOString().slice(0, 10);
    told.push(element("span", { className: isLate ? "late" : "" }, `${isLate ? "Was due" : "Due"} ${dates.format(new Date(task.due_date))}`));
  }
  return told;
}

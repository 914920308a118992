// A board over the tasks of a project: what is on it is what the service says, at any moment.
import { isApiError, type CoordinatorClient, type TaskStatus } from "@aicoordination/coordinator";

import { Columns } from "./columns.js";
import { askForReason, hideRefusal, say, showRefusal, signInForm, stopAsking } from "./dialogs.js";
import { byId, element } from "./dom.js";
import { enter, resume } from "./session.js";
import { ProjectTasks } from "./tasks.js";
import { explain, statusNames, told } from "./words.js";

const projects = byId<HTMLSelectElement>("project");
const connection = byId("connection");
const notice = byId("notice");
const columns = new Columns(byId("columns"), (taskId, status) => void move(taskId, status));

let client: CoordinatorClient | undefined;
let tasks: ProjectTasks | undefined;
/** Ends everything that is under way for the project on the board. */
let leaving = new AbortController();

const form = signInForm(async (credentials) => void open(await enter(credentials, ended)));
byId("sign-out").addEventListener("click", () => client?.signOut().catch((error: unknown) => showRefusal(explain(error))));
projects.addEventListener("change", () => void choose(projects.value));

client = resume(ended);
if (client) {
  void open(client);
} else {
  form.show();
}

/** Somebody is signed in: shows who it is and their projects. */
async function open(signedIn: CoordinatorClient): Promise<void> {
  client = signedIn;
  form.hide();
  byId("work").hidden = false;
  // What had the focus is gone.
  projects.focus();
  say(notice, "Loading the projects …");
  try {
    const [me, all] = await Promise.all([client.users.me(), client.projects.iterate({ sort: "name" }).toArray()]);
    if (client !== signedIn) {
      return;
    }
    byId("who").textContent = me.name;
    projects.replaceChildren(...all.map((project) => element("option", { value: project.id }, project.name)));
    const chosen = all.find((project) => project.id === location.hash.slice(1)) ?? all.find((project) => project.status === "active") ?? all[0];
    if (!chosen) {
      say(notice, "You are on no project's team yet.");
      return;
    }
    projects.value = chosen.id;
    await choose(chosen.id);
  } catch (error) {
    failed(error, () => void open(signedIn));
  }
}

/** Puts a project on the board and keeps it there as it changes. */
async function choose(projectId: string): Promise<void> {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  history.replaceState(null, "", `#${projectId}`);
  hideRefusal();
  say(notice, "Loading the tasks …");
  columns.busy = true;
  columns.fill([]);

  /** Does what there is to do only as long as this project is on the board. */
  const here = <Given extends unknown[]>(tell: (...given: Given) => void) => (...given: Given) => signal.aborted || tell(...given);
  tasks = new ProjectTasks(client!, projectId, {
    loaded: here((all) => {
      columns.busy = false;
      columns.fill(all);
      say(notice, all.length === 0 ? "This project has no tasks yet." : "");
    }),
    changed: here((task) => {
      columns.show(task);
      say(notice, "");
    }),
    gone: here((taskId) => columns.remove(taskId)),
    happened: here((event, task) => {
      columns.announce(event.entity_id);
      byId("activity").textContent = told(event, task);
    }),
    connection: here((state) => {
      connection.textContent = state === "open" ? "Live" : "Connecting again …";
      connection.classList.toggle("good", state === "open");
      connection.classList.toggle("waiting", state === "waiting");
    }),
  });
  try {
    await tasks.follow(signal);
  } catch (error) {
    // Another project, or nobody, is on the board by now.
    if (!signal.aborted) {
      failed(error, () => void choose(projectId));
    }
  }
}

/** Moves a task as the service allows, asking for a reason where it wants one. */
async function move(taskId: string, status: TaskStatus, reason?: string): Promise<void> {
  const board = tasks;
  const task = board?.get(taskId);
  if (!board || !task) {
    return;
  }
  hideRefusal();
  columns.setMoving(taskId, true);
  try {
    await board.move(taskId, status, reason);
    say(byId("activity"), `You moved “${task.title}” to ${statusNames[status]}.`);
  } catch (error) {
    if (tasks !== board) {
      return;
    }
    columns.setMoving(taskId, false);
    if (isApiError(error, "validation_failed") && reason === undefined && error.errors.some(({ pointer }) => pointer === "/reason")) {
      const given = await askForReason(error.message);
      return given === undefined ? undefined : move(taskId, status, given);
    }
    showRefusal(explain(error));
  }
}

/** The session is over, because somebody signed out, here or elsewhere. */
function ended(): void {
  leaving.abort();
  stopAsking();
  client = tasks = undefined;
  byId("work").hidden = true;
  columns.fill([]);
  form.show();
}

/** Says that what should be on the board could not be had, and offers to try again. */
function failed(error: unknown, again: () => void): void {
  columns.busy = false;
  // Whoever is signed out sees the form.
  if (isApiError(error, "unauthenticated")) {
    return;
  }
  connection.textContent = "";
  say(notice, explain(error), element("button", { type: "button", className: "button", onclick: again }, "Try again"));
}

// The tasks of a project as they are at the service: read once, and kept up to date by its events.
import { isApiError, type CoordinatorClient, type Event, type Task, type TaskStatus } from "@aicoordination/coordinator";

/** Who is told how the tasks stand. */
export interface Watcher {
  /** All tasks have been read, for the first time or anew. */
  loaded(tasks: Task[]): void;
  /** A task is new or has changed. */
  changed(task: Task): void;
  /** A task is not to be seen any more. */
  gone(taskId: string): void;
  /** Somebody has done something, also oneself elsewhere. */
  happened(event: Event, task: Task | undefined): void;
  /** Whether changes arrive as they happen, or the connection is being made again. */
  connection(state: "open" | "waiting"): void;
}

/** The tasks of one project. */
export class ProjectTasks {
  readonly #client: CoordinatorClient;
  readonly #projectId: string;
  readonly #watcher: Watcher;
  readonly #tasks = new Map<string, Task>();

  constructor(client: CoordinatorClient, projectId: string, watcher: Watcher) {
    this.#client = client;
    this.#projectId = projectId;
    this.#watcher = watcher;
  }

  get(taskId: string): Task | undefined {
    return this.#tasks.get(taskId);
  }

  /** Reads the tasks, and follows what changes until the signal ends it. */
  async follow(signal: AbortSignal): Promise<void> {
    // The place in the log comes first, so that no change can fall between reading and following.
    const { next_cursor } = await this.#client.events.list({ after: "now" }, { signal });
    await this.#load(signal);

    const events = this.#client.events.stream(
      { after: next_cursor, project_id: this.#projectId, entity_type: "task" },
      { signal, onReset: () => this.#load(signal), onState: (state) => this.#watcher.connection(state) },
    );
    for await (const event of events) {
      await this.#take(event, signal);
    }
  }

  /** Moves a task to another status, unless somebody else has changed it since it was read. */
  async move(taskId: string, status: TaskStatus, reason?: string): Promise<void> {
    const task = this.#tasks.get(taskId);
    if (!task) {
      return;
    }
    try {
      const moved = await this.#client.tasks.setStatus(taskId, { status, reason }, { ifMatch: task });
      this.#keep({ ...moved, included: task.included });
    } catch (error) {
      if (isApiError(error, "version_conflict", "not_found")) {
        await this.#read(taskId);
      }
      throw error;
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    const tasks = await this.#client.tasks
      .iterate({ project_id: [this.#projectId], include: ["assignee"], sort: "position" }, { signal })
      .toArray();
    this.#tasks.clear();
    for (const task of tasks) {
      this.#tasks.set(task.id, task);
    }
    this.#watcher.loaded(tasks);
  }

  async #take(event: Event, signal: AbortSignal): Promise<void> {
    const known = this.#tasks.get(event.entity_id);
    // What this page has done itself it has been answered already.
    if (known && event.version !== null && known.version >= event.version) {
      return;
    }
    await this.#read(event.entity_id, signal);
    this.#watcher.happened(event, this.#tasks.get(event.entity_id) ?? known);
    // Whether a task can begin depends on those that it waits for.
    if (event.changes["status"]) {
      const waiting = [...this.#tasks.values()].filter((task) => task.prerequisite_ids.includes(event.entity_id));
      await Promise.all(waiting.map((task) => this.#read(task.id, signal)));
    }
  }

  async #read(taskId: string, signal?: AbortSignal): Promise<void> {
    try {
      this.#keep(await this.#client.tasks.get(taskId, { include: ["assignee"] }, { signal }));
    } catch (error) {
      // It was deleted, or is not for these eyes any more; nobody is told which.
      if (!isApiError(error, "not_found")) {
        throw error;
      }
      this.#tasks.delete(taskId);
      this.#watcher.gone(taskId);
    }
  }

  #keep(task: Task): void {
    this.#tasks.set(task.id, task);
    this.#watcher.changed(task);
  }
}

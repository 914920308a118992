import type { RequestOptions } from "./options.js";
import { sort } from "./resource.js";
import type { Transport } from "./transport.js";

/** Which page of a list is wanted, by its number. */
export interface PageParams {
  /** The number of the page, counted from 1; pages reach the 10,000th item. */
  page?: number | undefined;
  /** The most items a page holds, up to 100: 20 where nothing is said, and 100 where a list is walked. */
  page_size?: number | undefined;
}

/** Which page of a list is wanted, by its number or by what the page before it has said. */
export interface CursorParams extends PageParams {
  /** The `next_cursor` of the page before, with the same order and filters, in place of `page`. */
  cursor?: string | undefined;
}

/**
 * Everything that a list holds, over all its pages, in the order asked for. Each walk begins anew.
 *
 *     for await (const task of client.tasks.iterate({ status: ["todo"] })) { … }
 *     for await (const page of client.tasks.iterate().pages()) { … }
 */
export interface List<Item, Page> extends AsyncIterable<Item> {
  /** The same, page by page. */
  pages(): AsyncIterable<Page>;
  /** All of it at once, for lists that are known to be short. */
  toArray(): Promise<Item[]>;
}

/** What a page of any list says of the one that follows. */
interface AnyPage {
  data: unknown[];
  page?: { page: number | null; has_more: boolean; next_cursor: string | null };
  next_cursor?: string;
  has_more?: boolean;
}

type Params = Record<string, unknown>;

/** A walk wants few requests; whoever wants smaller pages says so. */
const pageSize = 100;

/** Binds the walk through a list: by cursor, by the number of the page, or behind a place in a log. */
export function iterate<Method>(transport: Transport, template: string, by: "cursor" | "page" | "after"): Method {
  return ((...given: unknown[]) => {
    const { path, params, options } = sort(template, "params", given);

    async function* pages() {
      let query: Params | undefined = { page_size: pageSize, ...params };
      while (query !== undefined) {
        const { data: page }: { data: AnyPage } = await transport.json<AnyPage>({
          method: "GET",
          path,
          query,
          options: withoutCondition(options),
        });
        yield page;
        query = following(page, by, query);
      }
    }

    async function* items() {
      for await (const page of pages()) {
        yield* page.data;
      }
    }

    return {
      [Symbol.asyncIterator]: items,
      pages,
      async toArray() {
        const all: unknown[] = [];
        for await (const item of items()) {
          all.push(item);
        }
        return all;
      },
    };
  }) as Method;
}

/** The parameters of the page that follows, if there is one. */
function following({ page, ...feed }: AnyPage, by: "cursor" | "page" | "after", query: Params): Params | undefined {
  if (!(page ?? feed).has_more) {
    return undefined;
  }
  switch (by) {
    case "after":
      return { ...query, after: feed.next_cursor };
    case "page":
      return { ...query, page: (page?.page ?? 1) + 1 };
    case "cursor": {
      // A walk may begin with the number of a page, and goes on from it by cursor.
      const { page: _, ...rest } = query;
      return page?.next_cursor ? { ...rest, cursor: page.next_cursor } : undefined;
    }
  }
}

/** A walk needs every page, whether or not one is known: a condition is for a single answer. */
function withoutCondition(options: RequestOptions | undefined): RequestOptions | undefined {
  return options && { ...options, ifNoneMatch: undefined };
}

/**
 * Fills the values of a path into its template, in order. A value that would lead elsewhere, such as an
 * empty one, which would make a record's path that of the list, is refused before anything is sent.
 */
export function fillPath(template: string, values: readonly unknown[]): string {
  let at = 0;
  return template.replace(/{(\w+)}/g, (_, name: string) => {
    const value = values[at++];
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string" || text === "" || text === "." || text === "..") {
      throw new TypeError(`${name} is ${JSON.stringify(value) ?? "undefined"}: give the id of the record.`);
    }
    return encodeURIComponent(text);
  });
}

/** How many values a template takes. */
export function pathLength(template: string): number {
  return template.split("{").length - 1;
}

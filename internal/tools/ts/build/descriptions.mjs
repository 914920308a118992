// What of the contract's descriptions is published with the package. All of them together are half as
// large again as the package may be; the sources here and the explorer of the service have the whole text.

/** Who may do it is always said. */
const permission = /\bmay do\b|\b[Aa]dmins?\b|\b[Mm]anagers?\b|\bsees? it\b/;

/**
 * Shortens the paragraphs of a comment. Of an operation, which has a summary before its description and
 * tags behind it, the first sentence stays and who may do it; of a type or a field the first sentence.
 */
export function shorten(paragraphs) {
  const isOperation = paragraphs.some((line) => line.startsWith("@see "));
  return paragraphs.map((line) => {
    if (line.startsWith("@") || line.startsWith("    ")) {
      return line;
    }
    return opening(line, isOperation ? permission : undefined);
  });
}

/** The first sentence, and any that is to be kept. */
function opening(text, keep) {
  const [first, ...others] = text.split(/(?<=[.!?]) (?=[A-Z`])/);
  return [first, ...others.filter((sentence) => keep?.test(sentence))].join(" ");
}

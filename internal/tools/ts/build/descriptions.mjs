// What of the contract's descriptions is published with the package. All of them together are half as
// large again as the package may be; the sources here and the explorer of the service have the whole text.

/** How many characters of an operation's description are published beyond its first sentence. */
const limit = 60;

/** Who may do it is always said. */
const permission = /\bmay do\b|\b[Aa]dmins?\b|\b[Mm]anagers?\b|\bsees? it\b/;

/**
 * Shortens the paragraphs of a comment. Of an operation, which has a summary before its description and
 * tags behind it, the opening stays and who may do it; of a type or a field the first sentence.
 */
export function shorten(paragraphs) {
  const isOperation = paragraphs.some((line) => line.startsWith("@see "));
  return paragraphs.map((line) => {
    if (line.startsWith("@") || line.startsWith("    ")) {
      return line;
    }
    return isOperation ? opening(line, limit, permission) : opening(line, 0);
  });
}

/** The first sentence, those behind it as long as they fit, and any that is to be kept. */
function opening(text, most, keep) {
  const [first, ...others] = text.split(/(?<=[.!?]) (?=[A-Z`])/);
  let length = 0;
  const kept = others.filter((sentence) => {
    length += sentence.length;
    return length <= most || keep?.test(sentence);
  });
  return [first, ...kept].join(" ");
}

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";

import { toCommonJS } from "../build/commonjs.mjs";
import { shorten } from "../build/descriptions.mjs";

describe("CommonJS", () => {
  const evaluate = (code, require = createRequire(import.meta.url)) => {
    const exports = {};
    runInNewContext(toCommonJS(code), { exports, require });
    return exports;
  };

  it("imports, exports and passes on by name", () => {
    const modules = { "./a.js": { one: 1, two: 2 } };
    const code = 'import{one as first,two}from"./a.js";var sum=first+two;import { two as other } from "./a.js";\nexport{sum,other as second};export{one}from"./a.js";';
    assert.deepEqual(evaluate(code, (name) => modules[name]), { sum: 3, second: 2, one: 1 });
  });

  it("refuses what it does not know", () => {
    for (const code of ['import all from"./a.js";', "export default 1;", 'export*from"./a.js";', "var a;export var b=1;"]) {
      assert.throws(() => toCommonJS(code), /not known here/, code);
    }
  });
});

describe("what is published of a description", () => {
  it("is the first sentence of a field", () => {
    assert.deepEqual(shorten(["The ids, e.g. of tasks. In no order."]), ["The ids, e.g. of tasks."]);
  });

  it("is of an operation its opening, and who may do it wherever it is said", () => {
    const long = `It does ${"very ".repeat(30)}much.`;
    assert.deepEqual(shorten(["Do it.", "", `Does it. Once. ${long} Admins may do it.`, "", "@see doIt"]), [
      "Do it.",
      "",
      "Does it. Admins may do it.",
      "",
      "@see doIt",
    ]);
  });

  it("is all of a tag", () => {
    assert.deepEqual(shorten(["@deprecated Gone soon. Take another."]), ["@deprecated Gone soon. Take another."]);
  });
});

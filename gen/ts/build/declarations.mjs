// Puts the declarations of all files into one: what the package exports, and what that refers to.
import ts from "typescript";

import { shorten } from "./descriptions.mjs";

/** Checks the types of a project and returns the declarations of its entry. It throws what the compiler finds. */
export function bundleDeclarations(entry, project) {
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(project, ts.sys.readFile).config,
    ts.sys,
    ".",
  );
  const program = ts.createProgram(fileNames, options);
  refuse(ts.getPreEmitDiagnostics(program));

  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
  const exported = new Set(checker.getExportsOfModule(module).map((symbol) => symbol.name));

  const declared = new Map();
  program.emit(undefined, (file, text) => {
    for (const [name, statement] of declarationsOf(file, text)) {
      const known = declared.get(name);
      if (known !== undefined && known.file !== file) {
        throw new Error(`${name} is declared in ${known.file} and in ${file}: rename one of them.`);
      }
      // A function has a declaration for each of its overloads.
      declared.set(name, known === undefined ? statement : overload(known, statement));
    }
  });

  const needed = reachable(exported, declared);
  const written = [...declared]
    .filter(([name]) => needed.has(name))
    .map(([name, { text }]) => (exported.has(name) ? text : text.replace(/^export /gm, "")));
  // Without it, what is declared would be exported whether it says so or not.
  return `${written.join("\n")}\nexport {};\n`;
}

/** The declarations of a file by name, each with its comment and with the names that it mentions. */
function declarationsOf(file, text) {
  // What is written by hand says no more than is needed.
  const isGenerated = /\/(enums|schemas|api\/\w+)\.d\.ts$/.test(file);
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  return source.statements
    .filter((statement) => !ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement))
    .map((statement) => {
      const named = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
      return [named.name.text, { file, text: comments(withComment(statement, text), isGenerated), mentions: identifiers(statement) }];
    });
}

function overload(first, second) {
  return { ...first, text: `${first.text}\n${second.text}`, mentions: new Set([...first.mentions, ...second.mentions]) };
}

/** A statement with its own comment, but not with what stands at the top of its file. */
function withComment(statement, text) {
  const comments = ts.getLeadingCommentRanges(text, statement.pos) ?? [];
  const own = comments.filter(({ pos }) => text.startsWith("/**", pos)).at(-1);
  return text.slice(own?.pos ?? statement.getStart(), statement.end).replace(/^( {4})+/gm, (indent) => " ".repeat(indent.length / 2));
}

function identifiers(node, found = new Set()) {
  if (ts.isIdentifier(node)) {
    found.add(node.text);
  }
  ts.forEachChild(node, (child) => void identifiers(child, found));
  return found;
}

function reachable(from, declared) {
  const found = new Set();
  const left = [...from];
  while (left.length > 0) {
    const name = left.pop();
    if (declared.has(name) && !found.has(name)) {
      found.add(name);
      left.push(...declared.get(name).mentions);
    }
  }
  return found;
}

/**
 * Comments with each paragraph on a line: editors wrap them as wide as they are, and what is said in two
 * places compresses to once only where it is not broken in two ways.
 */
function comments(text, isGenerated) {
  return text.replace(/^( *)\/\*\*(?: (.*) |\n([^]*?)\n *)\*\//gm, (_, indent, single, body = single) => {
    const paragraphs = join(body.split("\n").map((line) => line.replace(/^ *\* ?/, "")));
    const kept = isGenerated ? shorten(paragraphs) : paragraphs;
    return kept.length === 1
      ? `${indent}/** ${kept[0]} */`
      : [`${indent}/**`, ...kept.map((line) => `${indent} * ${line}`.trimEnd()), `${indent} */`].join("\n");
  });
}

/** Puts the lines of each paragraph into one; tags, items and the lines of an example begin one. */
function join(lines) {
  const begins = /^( {4}|@|- )/;
  return lines.reduce((all, line) => {
    const last = all.at(-1);
    const goes = last !== undefined && last !== "" && line !== "" && !begins.test(line) && !last.startsWith("    ");
    return goes ? [...all.slice(0, -1), `${last} ${line}`] : [...all, line];
  }, []);
}

function refuse(diagnostics) {
  if (diagnostics.length > 0) {
    const host = { getCurrentDirectory: () => ".", getCanonicalFileName: (name) => name, getNewLine: () => "\n" };
    throw new Error(`\n${ts.formatDiagnostics(diagnostics, host)}`);
  }
}

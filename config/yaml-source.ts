/** Parses the file to a tree, with the line of each key. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node as YamlNode } from 'yaml';
import type { Finding } from './config-errors.ts';
import type { Path } from './schema-tree.ts';

export interface Source {
  /** The tree of the file; `undefined` if it cannot be read as one. */
  readonly tree: Record<string, unknown> | undefined;
  readonly faults: readonly (Finding & { readonly line: number })[];
  /** Line of the key at `path`, or of the nearest section around it. */
  readonly lineOf: (path: Path) => number | undefined;
}

/** More aliases than this are an attack on memory. */
const aliasesAtMost = 100;

export function readYaml(text: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const fault = (offset: number, says: string) => ({
    path: [],
    code: 'yaml_invalid' as const,
    says,
    line: lineAt(offset),
  });
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) =>
    fault(pos[0], `is not YAML that can be read: ${message.replace(/\.$/, '')}`),
  );
  const root = document.contents;

  const lineOf = (path: Path): number | undefined => {
    let node: unknown = root;
    let offset: number | undefined;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
        if (!pair) break;
        offset = (pair.key as YamlNode).range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        offset = (node as YamlNode | undefined)?.range?.[0] ?? offset;
      } else break;
    }
    return offset === undefined ? undefined : lineAt(offset);
  };

  if (faults.length > 0) return { tree: undefined, faults, lineOf };
  if (!isMap(root))
    return { tree: undefined, faults: [fault(0, 'has no keys: expected a YAML file of keys and values')], lineOf };
  try {
    return { tree: document.toJS({ maxAliasCount: aliasesAtMost }) as Record<string, unknown>, faults, lineOf };
  } catch {
    return { tree: undefined, faults: [fault(0, 'uses too many aliases')], lineOf };
  }
}

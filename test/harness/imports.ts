/** Reads which file imports which, types included, and finds circles. Used by test/architecture.test.ts. */
import { dirname, join, normalize } from 'node:path';

export interface Import {
  readonly from: string;
  /** Path inside the repository, or the name of a package. */
  readonly to: string;
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

const statement = /(?:^|\n)\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\(\s*'([^']+)'\s*\)/g;

/** @param file path inside the repository @param text its source */
export function importsOf(file: string, text: string): readonly Import[] {
  return [...text.matchAll(statement)].map(([, type, target = '', dynamic]) => {
    const specifier = target || (dynamic ?? '');
    const ours = specifier.startsWith('.');
    return {
      from: file,
      to: ours ? normalize(join(dirname(file), specifier)) : specifier,
      ours,
      typeOnly: type !== undefined,
    };
  });
}

/**
 * Every group of nodes that reach each other, with the imports that tie them (Tarjan's strongly connected components).
 * @param nodeOf what an import's end counts as: a file, or the folder it lies in
 */
export function cyclesOf(imports: readonly Import[], nodeOf: (file: string) => string): readonly string[] {
  const ours = imports.filter(({ ours: own, to }) => own && to.endsWith('.ts'));
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of ours) {
    const [a, b] = [nodeOf(from), nodeOf(to)];
    if (a !== b) edges.set(a, (edges.get(a) ?? new Set()).add(b));
  }
  return components(edges)
    .filter((group) => group.length > 1)
    .map((group) => {
      const ties = ours
        .filter(({ from, to }) => nodeOf(from) !== nodeOf(to))
        .filter(({ from, to }) => group.includes(nodeOf(from)) && group.includes(nodeOf(to)))
        .map(({ from, to }) => `  ${from} imports ${to}`);
      return [`${group.toSorted().join(', ')} import each other:`, ...ties].join('\n');
    });
}

function components(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    const at = order.size;
    order.set(node, at);
    lowest.set(node, at);
    stack.push(node);
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(node, Math.min(lowest.get(node) ?? at, lowest.get(next) ?? at));
    }
    if (lowest.get(node) === at) found.push(stack.splice(stack.indexOf(node)));
  };
  for (const node of edges.keys()) if (!order.has(node)) visit(node);
  return found;
}

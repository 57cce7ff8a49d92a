/**
 * Faults that `JSON.parse` accepts and a strict reader must report: a member that occurs twice in one object, and half
 * a character.
 */

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Faults of a text that is JSON. Names of members are reported, values never. */
export function jsonFaults(text: string): readonly string[] {
  const faults: string[] = [];
  const open: (Set<string> | undefined)[] = [];
  const path: (string | undefined)[] = [];
  let last: string | undefined;
  for (const [sign] of text.matchAll(token)) {
    if (sign === '{') open.push(new Set());
    else if (sign === '[') open.push(undefined);
    else if (sign === '}' || sign === ']') {
      open.pop();
      path.length = open.length;
    } else if (sign === ':') {
      const name = last ?? '';
      path[open.length - 1] = name;
      const members = open.at(-1);
      if (members?.has(name) === true) faults.push(`${told(path.slice(0, open.length))}: stands twice`);
      members?.add(name);
    } else if (sign !== ',') {
      last = JSON.parse(sign) as string;
      if (!last.isWellFormed()) faults.push('has half a character (a lone surrogate)');
    }
  }
  return [...new Set(faults)];
}

const told = (path: readonly (string | undefined)[]): string => path.filter((step) => step !== undefined).join('.');

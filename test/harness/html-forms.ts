// Forms of a page, as a browser without script would send them. Enough HTML for pages that are well formed.
export interface Button {
  readonly name: string;
  readonly value: string;
}

export interface Form {
  readonly id: string | undefined;
  readonly action: string;
  readonly method: 'GET' | 'POST';
  /** Fields with the values they came with; buttons are not among them. */
  readonly fields: Readonly<Record<string, string>>;
  readonly buttons: readonly Button[];
}

type Attributes = Readonly<Record<string, string>>;

export function readForms(html: string): readonly Form[] {
  const elements = [...html.matchAll(/<(form|input|select|textarea|button|\/form)\b([^>]*)>/gi)].map((match) => ({
    tag: (match[1] ?? '').toLowerCase(),
    attributes: readAttributes(match[2] ?? ''),
  }));
  const forms: { id: string | undefined; attributes: Attributes; fields: Record<string, string>; buttons: Button[] }[] =
    [];
  let open: (typeof forms)[number] | undefined;
  const later: { owner: string; tag: string; attributes: Attributes }[] = [];
  for (const { tag, attributes } of elements) {
    if (tag === 'form') {
      open = { id: attributes['id'], attributes, fields: {}, buttons: [] };
      forms.push(open);
    } else if (tag === '/form') open = undefined;
    else if (attributes['form'] !== undefined) later.push({ owner: attributes['form'], tag, attributes });
    else if (open) put(open, tag, attributes);
  }
  for (const { owner, tag, attributes } of later) {
    const form = forms.find(({ id }) => id === owner);
    if (form) put(form, tag, attributes);
  }
  return forms.map(({ id, attributes, fields, buttons }) => ({
    id,
    action: attributes['action'] ?? '',
    method: attributes['method']?.toLowerCase() === 'post' ? 'POST' : 'GET',
    fields,
    buttons,
  }));
}

function put(form: { fields: Record<string, string>; buttons: Button[] }, tag: string, attributes: Attributes): void {
  const { name, value = '', type = '' } = attributes;
  if (name === undefined) return;
  if (tag === 'button' || type === 'submit') form.buttons.push({ name, value });
  else if (type === 'checkbox' || type === 'radio') {
    if (attributes['checked'] !== undefined) form.fields[name] = value;
  } else form.fields[name] = value;
}

function readAttributes(text: string): Attributes {
  return Object.fromEntries(
    [...text.matchAll(/([^\s=/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)].map((match) => [
      (match[1] ?? '').toLowerCase(),
      decode(match[2] ?? match[3] ?? match[4] ?? ''),
    ]),
  );
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return entities[name ?? ''] ?? whole;
  });
}

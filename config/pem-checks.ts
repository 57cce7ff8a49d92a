/** Parses certificates and keys once, as TLS will, so that a fault is reported before the first connection. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Finding } from './config-errors.ts';
import type { Path } from './schema-tree.ts';
import type { Settings } from './schema.ts';

const block = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g;

export function checkPem({ mail, storage }: Pick<Settings, 'mail' | 'storage'>): readonly Finding[] {
  return [
    ...certificatesAt(['mail', 'smtp', 'ca'], mail.smtp?.ca),
    ...certificatesAt(['storage', 'mongodb', 'ca'], storage.mongodb?.ca),
    ...withKeyAt(['storage', 'mongodb', 'certificate'], storage.mongodb?.certificate),
  ];
}

function certificatesAt(path: Path, text: string | undefined): readonly Finding[] {
  if (text === undefined) return [];
  const read = blocksOf(path, text, 'certificates');
  if ('finding' in read) return [read.finding];
  const other = read.blocks.find(({ label }) => !isCertificate(label));
  if (other) return [fault(path, `expected certificates alone, found "${other.label}"`)];
  return read.blocks.flatMap(({ text: one }, index) => certificateFault(path, one, index));
}

function withKeyAt(path: Path, text: string | undefined): readonly Finding[] {
  if (text === undefined) return [];
  const read = blocksOf(path, text, 'a certificate with its key');
  if ('finding' in read) return [read.finding];
  const certificates = read.blocks.filter(({ label }) => isCertificate(label));
  const keys = read.blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [certificate] = certificates;
  const [key] = keys;
  if (!certificate) return [fault(path, 'has a key and no certificate')];
  if (!key) return [fault(path, 'has a certificate and no key')];
  const faults = certificates.flatMap(({ text: one }, index) => certificateFault(path, one, index));
  if (faults.length > 0) return faults;
  try {
    const opened = createPrivateKey(key.text);
    return new X509Certificate(certificate.text).checkPrivateKey(opened)
      ? []
      : [fault(path, 'has a key that is not the one of its certificate')];
  } catch {
    return [fault(path, 'has a key that cannot be read: expected one without a password, PKCS #8')];
  }
}

interface Block {
  readonly label: string;
  readonly text: string;
}

const isCertificate = (label: string): boolean => /^(TRUSTED |X509 )?CERTIFICATE$/.test(label);

/** The text is never quoted: it may contain a key. */
function blocksOf(
  path: Path,
  text: string,
  what: string,
): { readonly blocks: readonly [Block, ...Block[]] } | { readonly finding: Finding } {
  const [first, ...others] = [...text.matchAll(block)].map(([whole, label = '']) => ({ label, text: whole }));
  if (first) {
    const begun = [...text.matchAll(/-----BEGIN /g)].length;
    return begun === others.length + 1
      ? { blocks: [first, ...others] }
      : { finding: fault(path, `has ${begun} beginnings (BEGIN) and ${others.length + 1} whole blocks`) };
  }
  const looksLikePath = !/[\r\n]/.test(text.trim()) && text.length < 4096 && !text.includes('-----');
  const says = `expected ${what}, PEM: -----BEGIN …`;
  return { finding: { ...fault(path, says), ...(looksLikePath ? { meant: `${String(path.at(-1))}File` } : {}) } };
}

function certificateFault(path: Path, text: string, index: number): readonly Finding[] {
  try {
    void new X509Certificate(text);
    return [];
  } catch {
    return [fault(path, `has a certificate that cannot be read (number ${index + 1})`)];
  }
}

const fault = (path: Path, says: string): Finding => ({ path, code: 'pem_invalid', says });

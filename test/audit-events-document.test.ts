/** The closed list of audit events: docs/audit-events.md explains each, and the product writes no other. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { auditActions } from '../accounts/audit-actions.ts';

const root = join(import.meta.dirname, '..');
const listed = Object.keys(auditActions);
const nouns = new Set(listed.map((action) => action.split('.')[0]));
const folders = [
  'accounts',
  'admin',
  'app',
  'audit',
  'digital-keys',
  'factors',
  'interactions',
  'messages',
  'passwords',
  'provider',
  'recovery',
  'schedules',
];

/**
 * The actions of events in the sources: literals after `action:`, and literals whose noun is in the list, except events
 * of the log.
 */
function written(): ReadonlySet<string> {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...folders], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !/(\.test|audit-actions)\.ts$/.test(file));
  const found = new Set<string>();
  for (const file of files)
    for (const line of readFileSync(join(root, file), 'utf8').split('\n')) {
      for (const [, action = ''] of line.matchAll(/action: '([a-z-]+\.[a-z-]+)'/g)) found.add(action);
      if (/event: '|log\.|engine\.on\(|provider\.on\('grant/.test(line)) continue;
      for (const [, action = ''] of line.matchAll(/'([a-z-]+\.[a-z-]+)'/g))
        if (nouns.has(action.split('.')[0] ?? '')) found.add(action);
    }
  return found;
}

/** `provider/key-rotation.ts` puts these together. */
const composed = ['signing-key', 'cookie-key'].flatMap((ring) =>
  ['added', 'promoted', 'retired'].map((verb) => `${ring}.${verb}`),
);
/** Names of files, of events of the engine and of the log. */
const others = new Set([
  'key.svg',
  'configuration.md',
  'authorization.accepted',
  'authorization.success',
  'authorization.error',
  'device.refused',
]);

test('A-341 every audit event that is written is listed, and every listed one is written', () => {
  const actions = [...written(), 'grant.revoked', 'authorization.granted', 'session.ended', ...composed].filter(
    (one) => !others.has(one),
  );
  expect(new Set(actions)).toEqual(new Set(listed));
});

test('A-341 docs/audit-events.md explains every audit event, in the words of the list', () => {
  const document = readFileSync(join(root, 'docs/audit-events.md'), 'utf8');
  const rows = [...document.matchAll(/^\| `([a-z-]+\.[a-z-]+)` +\| (.+?) +\|$/gm)].map(([, action, says]) => [
    action,
    says,
  ]);
  expect(Object.fromEntries(rows)).toEqual({ ...auditActions });
});

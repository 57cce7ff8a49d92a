/**
 * People whose keys are software devices: bound as an enrolment would, and challenged by pages that are read as text.
 */
import { personFacts } from '../../digital-keys/key-changes.ts';
import type { Key } from '../../accounts/person.ts';
import type { Services } from '../../admin/services.ts';
import type { SoftwareAuthenticator } from './software-authenticator.ts';

/** Binds a new key of the device to the person. Throws if it is refused. */
export async function bindDevice(
  services: Services,
  personId: string,
  device: SoftwareAuthenticator,
  { factor: id = 'passkey', label = 'Device' } = {},
): Promise<Key> {
  const factor = services.registry.get(id);
  const person = await services.people.get(personId);
  if (!factor || !person) throw new Error('Nobody, or nothing, to bind.');
  const tools = services.toolsFor(factor);
  const begun = await factor.begin(tools, personFacts(person), {});
  if (!begun.ok) throw new Error(begun.reason);
  const credential = device.create(String(begun.value.shows['options']));
  const confirmed = await factor.confirm(tools, begun.value.pending, { credential });
  if (!confirmed.ok || !('secret' in confirmed.value)) throw new Error('The device was refused.');
  const { secret, unique = '' } = confirmed.value;
  const bound = await services.people.updateWithUnique(personId, unique, (current) => {
    const binding = { factor, secret, source: 'enrolled', by: personId, label, unique } as const;
    const next = services.enrolments.bind(current, binding, services.clock.now());
    return { account: { ...next.person, pending: [] }, result: next.key };
  });
  if (!bound || bound === 'taken' || !bound.account) throw new Error('The device was not bound.');
  return bound.result;
}

const unescaped = (html: string): string =>
  html.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&#x3D;', '=').replaceAll('&amp;', '&');

/** The challenge on a page, and the field that must come back with its answer. */
export function questionOn(body: string): { readonly options: string; readonly asked: string } {
  const options = /data-options="([^"]*)"/.exec(body)?.[1];
  if (options === undefined) throw new Error('No question to a device on this page.');
  return { options: unescaped(options), asked: unescaped(/name="asked" value="([^"]*)"/.exec(body)?.[1] ?? '') };
}

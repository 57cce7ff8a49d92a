/** The text that a start prints. */
import { relative } from 'node:path';
import type { DeploymentFiles } from '../config/find-deployment.ts';
import { withAddresses, type DemoAddresses } from './addresses.ts';
import type { DemoPeople } from './demo-people.ts';

export function greeting(
  { issuer, services, television, helperPage, myKeys, desk }: DemoAddresses,
  files?: DeploymentFiles,
): string {
  const sites = [
    ...(television === undefined ? [] : [`  A television        ${television.address.replace(/\/$/, '')}\n`]),
    ...(myKeys === undefined ? [] : [`  My digital keys     ${myKeys}\n`]),
    ...(desk === undefined ? [] : [`  Registration desk   ${desk}\n`]),
  ];
  const [first, ...further] = services.map(({ address, name }) => `${address.replace(/\/$/, '')}  (${name})`);
  return `
  Rekey is running${files === undefined ? '.' : described(files)}

  Begin here          ${helperPage}  (three steps, people, messages)
  Sign in here        ${first ?? ''}
${further.map((other) => `  and here            ${other}\n`).join('')}${sites.join('')}  The provider        ${issuer}/.well-known/openid-configuration

`;
}

const shown = (path: string): string => relative(process.cwd(), path);

function described({ file, over }: DeploymentFiles): string {
  return over === undefined
    ? `: ${shown(file)}.`
    : `: ${shown(file)}, brought onto this machine by ${shown(over)}:
  addresses on localhost, people and dates to try, messages shown instead of sent, every secret known. Nothing of it is for the public.`;
}

/** The people, the story, and what to try after it. */
export function introduction({ people, story, more }: DemoPeople, addresses: DemoAddresses): string {
  const width = Math.max(...people.map(({ username }) => username.length));
  const wide = Math.max(...people.map(({ password }) => password.length));
  const cast = people.map(
    ({ username, password, what }) => `    ${username.padEnd(width)}  ${password.padEnd(wide)}  ${what}`,
  );
  const steps = story.map(({ title, says }, index) => `    ${index + 1}. ${title}. ${says}`);
  const further = more
    .map((step) => withAddresses(step, addresses))
    .map(({ title, address, says }) => `    - ${title}: ${address}\n      ${says}`);
  return `  People (name, password, what to try)
${cast.join('\n')}

  What to try first: open ${addresses.helperPage}, where each step starts with one click
${steps.join('\n')}

  And then
${further.join('\n')}

`;
}
